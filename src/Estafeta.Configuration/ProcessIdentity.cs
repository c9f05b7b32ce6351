namespace Estafeta.Configuration;

/// <summary>What the process is: <c>$process_name</c> (smtpd) and <c>$service_name</c> (the name in master.cf, empty in a command).</summary>
public sealed record ProcessIdentity(string ProcessName, string ServiceName = "");
