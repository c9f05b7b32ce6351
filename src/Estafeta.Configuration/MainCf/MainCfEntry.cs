namespace Estafeta.Configuration.MainCf;

/// <summary>One <c>name = value</c> of main.cf, value unexpanded and without whitespace at its ends.</summary>
public readonly record struct MainCfEntry(string Name, string Value, SourcePosition Position);
