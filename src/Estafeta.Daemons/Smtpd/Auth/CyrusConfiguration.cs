using Estafeta.Configuration.Lists;

namespace Estafeta.Daemons.Smtpd.Auth;

/// <summary>
/// What smtpd_sasl_type = cyrus reads: the file <c>smtpd.conf</c> (smtpd_sasl_path) in one of the directories of cyrus_sasl_config_path.
/// Lines of <c>name: value</c>. Passwords that saslauthd checks need no library; everything else is libsasl2's, which reads the file itself.
/// </summary>
internal sealed record CyrusConfiguration
{
    private static readonly string[] DefaultDirectories =
        ["/etc/postfix/sasl", "/usr/lib/sasl2", "/usr/lib64/sasl2", "/etc/sasl2", "/usr/local/lib/sasl2"];

    private static readonly string[] DefaultSocketDirectories = ["/var/run/saslauthd", "/run/saslauthd", "/var/state/saslauthd"];

    /// <summary>pwcheck_method; auxprop when nothing is said.</summary>
    public string PasswordCheck { get; init; } = "auxprop";

    /// <summary>mech_list; empty for all.</summary>
    public IReadOnlyList<string> Mechanisms { get; init; } = [];

    /// <summary>saslauthd_path; empty for the usual place.</summary>
    public string SaslauthdPath { get; init; } = "";

    /// <summary>PLAIN and LOGIN by saslauthd: what we can do without the library.</summary>
    public bool AsksOnlySaslauthd => PasswordCheck == "saslauthd" && Mechanisms.All(static m => m is "PLAIN" or "LOGIN");

    /// <summary>The socket of saslauthd.</summary>
    public string SocketPath => SaslauthdPath.Length > 0
        ? SaslauthdPath
        : (Array.Find(DefaultSocketDirectories, Directory.Exists) ?? DefaultSocketDirectories[0]) + "/mux";

    /// <param name="directories">cyrus_sasl_config_path: separated by colons; empty for the usual ones.</param>
    /// <param name="name">smtpd_sasl_path.</param>
    public static CyrusConfiguration Load(string directories, string name)
    {
        var places = directories.Length > 0 ? directories.Split(':', StringSplitOptions.RemoveEmptyEntries) : DefaultDirectories;
        var file = places.Select(place => Path.Combine(place, name + ".conf")).FirstOrDefault(File.Exists);
        return file == null ? new CyrusConfiguration() : Parse(File.ReadAllText(file));
    }

    /// <summary>As libsasl2 wants them.</summary>
    public static string Directories(string configured) => configured.Length > 0 ? configured : string.Join(':', DefaultDirectories);

    public static CyrusConfiguration Parse(string text)
    {
        var configuration = new CyrusConfiguration();
        foreach (var line in text.Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || line.StartsWith('#'))
            {
                continue;
            }

            var value = line[(colon + 1)..].Trim();
            configuration = line[..colon].Trim().ToLowerInvariant() switch
            {
                "pwcheck_method" => configuration with { PasswordCheck = value.ToLowerInvariant() },
                "mech_list" => configuration with { Mechanisms = WordList.Split(value.ToUpperInvariant()) },
                "saslauthd_path" => configuration with { SaslauthdPath = value },
                _ => configuration,
            };
        }

        return configuration;
    }
}
