using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Services.Logging;

/// <summary>What main.cf and the process say of logging.</summary>
public sealed record LogSinkOptions
{
    /// <summary>syslog_name of the process.</summary>
    public required string SyslogName { get; init; }

    /// <summary>maillog_file; empty logs to syslog.</summary>
    public string MaillogFile { get; init; } = "";

    /// <summary>postlogd's socket, relative to the queue directory or absolute.</summary>
    public string PostlogSocket { get; init; } = "public/postlog";

    /// <summary>syslog_facility by number.</summary>
    public int SyslogFacility { get; init; } = 2;

    /// <summary>Where syslogd listens.</summary>
    public string SyslogSocket { get; init; } = "/dev/log";

    /// <summary>smtputf8_enable: lines may hold UTF-8.</summary>
    public bool AllowUtf8 { get; init; }

    /// <summary>First label of the host name, as in the lines of maillog_file.</summary>
    public string Host { get; init; } = "localhost";

    /// <summary>Write to maillog_file ourselves while postlogd cannot be reached: master and the postfix command.</summary>
    public bool WriteFileWithoutPostlogd { get; init; }

    /// <summary>Do not wait for postlogd to come back: commands, whose user has the lines on standard error.</summary>
    public bool GivesUpWithoutPostlogd { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public static LogSinkOptions From(ParameterSet parameters, TimeProvider time)
    {
        var host = parameters.Get(Parameters.Myhostname);
        var dot = host.IndexOf('.');
        return new LogSinkOptions
        {
            SyslogName = parameters.Get(Parameters.SyslogName),
            MaillogFile = AllowedFile(parameters),
            PostlogSocket = "public/" + parameters.Get(Parameters.PostlogServiceName),
            SyslogFacility = Facility(parameters.Get(Parameters.SyslogFacility)),
            AllowUtf8 = parameters.Get(Parameters.Smtputf8Enable),
            Host = dot < 0 ? host : host[..dot],
            Time = time,
        };
    }

    /// <summary>The sink these options ask for.</summary>
    public LogSink Open() => MaillogFile.Length > 0 ? new PostlogSink(this) : new SyslogSink(this);

    // A process that is still root creates this file: only below places the administrator named.
    private static string AllowedFile(ParameterSet parameters)
    {
        var file = parameters.Get(Parameters.MaillogFile);
        var prefixes = parameters.Get(Parameters.MaillogFilePrefixes).Split([',', ' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (file.Length == 0 || Array.Exists(prefixes, prefix => file == prefix || file.StartsWith(prefix.TrimEnd('/') + '/', StringComparison.Ordinal)))
        {
            return file;
        }

        throw new ConfigurationException(
            $"{Parameters.MaillogFile.Name} value '{file}' does not match any prefix in {Parameters.MaillogFilePrefixes.Name}");
    }

    private static int Facility(string name) => name.ToLowerInvariant() switch
    {
        "kern" => 0,
        "user" => 1,
        "mail" => 2,
        "daemon" => 3,
        "auth" or "security" => 4,
        "syslog" => 5,
        "lpr" => 6,
        "news" => 7,
        "uucp" => 8,
        "cron" => 9,
        "authpriv" => 10,
        "ftp" => 11,
        ['l', 'o', 'c', 'a', 'l', >= '0' and <= '7' and var digit] => 16 + digit - '0',
        _ => throw new ConfigurationException($"file {Parameters.SyslogFacility.Name}: unknown syslog facility: {name}"),
    };
}
