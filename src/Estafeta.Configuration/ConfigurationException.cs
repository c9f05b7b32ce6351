namespace Estafeta.Configuration;

/// <summary>A configuration that cannot be used. The message names the parameter, its value and, when known, file and line.</summary>
public sealed class ConfigurationException(string message) : Exception(message);
