namespace Estafeta.Net.Milter;

/// <summary>Gives the value of a macro (<c>i</c>, <c>{mail_addr}</c>, named with its braces) at this moment, or null when it has none.</summary>
public delegate string? MilterMacroSource(string name);
