using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Validation;

namespace Estafeta.Services.Rewriting;

/// <summary>What address completion reads from main.cf (trivial-rewrite(8), "ADDRESS REWRITING CONTROLS").</summary>
public sealed record RewriteSettings
{
    public required string Myorigin { get; init; }

    public required string Mydomain { get; init; }

    /// <summary>Takes the place of both of them in the headers of mail from elsewhere; empty: such headers are left alone.</summary>
    public string RemoteHeaderRewriteDomain { get; init; } = "";

    public bool AppendAtMyorigin { get; init; } = true;

    public bool AppendDotMydomain { get; init; }

    /// <summary>Only an old compatibility_level makes it so: the log says what it changes.</summary>
    public bool AppendDotMydomainIsOldDefault { get; init; }

    public bool SwapBangpath { get; init; } = true;

    public bool AllowPercentHack { get; init; } = true;

    public static RewriteSettings Load(ParameterSet parameters) => new()
    {
        Myorigin = OriginDomain(parameters),
        Mydomain = parameters.Get(Parameters.Mydomain),
        RemoteHeaderRewriteDomain = parameters.Get(Parameters.RemoteHeaderRewriteDomain),
        AppendAtMyorigin = parameters.Get(Parameters.AppendAtMyorigin),
        AppendDotMydomain = parameters.Get(Parameters.AppendDotMydomain),
        AppendDotMydomainIsOldDefault = Compatibility.HasOldDefault(parameters, Parameters.AppendDotMydomain),
        SwapBangpath = parameters.Get(Parameters.SwapBangpath),
        AllowPercentHack = parameters.Get(Parameters.AllowPercentHack),
    };

    /// <summary>myorigin may name a file whose first line is the domain (Debian's /etc/mailname).</summary>
    public static string OriginDomain(ParameterSet parameters)
    {
        var origin = parameters.Get(Parameters.Myorigin);
        if (!origin.StartsWith('/'))
        {
            return origin;
        }

        var line = File.ReadLines(origin).FirstOrDefault()?.Trim();
        return string.IsNullOrEmpty(line) ? throw new ConfigurationException($"file {origin}: empty, wanted: myorigin") : line;
    }
}
