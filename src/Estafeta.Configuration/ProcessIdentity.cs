namespace Estafeta.Configuration;

/// <summary>What the process is: <c>$process_name</c> (smtpd) and <c>$service_name</c> (the name in master.cf, empty in a command).</summary>
/// <param name="ProcessName">Null: the name of the executable, found out when somebody asks.</param>
/// <param name="ServiceName">The name in master.cf.</param>
public sealed record ProcessIdentity(string? ProcessName, string ServiceName = "")
{
    public static readonly ProcessIdentity Own = new(ProcessName: null);
}
