using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;

namespace Estafeta.Services.Cleaning;

/// <summary>estafeta_dkim_sign: whose mail is ours to sign. None without a signing table, so that nobody has to find out for nothing.</summary>
[Flags]
public enum SigningOrigins
{
    None = 0,
    Mynetworks = 1,
    Authenticated = 2,
    Sendmail = 4,
    Internal = 8,
}

public static class SigningOriginWords
{
    public static SigningOrigins Load(ParameterSet parameters)
    {
        if (parameters.Get(Parameters.EstafetaDkimSigningTable).Length == 0)
        {
            return SigningOrigins.None;
        }

        var origins = SigningOrigins.None;
        foreach (var word in WordList.Split(parameters.Get(Parameters.EstafetaDkimSign)))
        {
            origins |= word.ToLowerInvariant() switch
            {
                "mynetworks" => SigningOrigins.Mynetworks,
                "authenticated" => SigningOrigins.Authenticated,
                "sendmail" => SigningOrigins.Sendmail,
                "internal" => SigningOrigins.Internal,
                _ => throw new ConfigurationException($"unknown {Parameters.EstafetaDkimSign.Name} value \"{word}\""),
            };
        }

        return origins;
    }

    /// <summary>What cleanup is told about mail of that origin.</summary>
    public static CleanupFlags FlagFor(this SigningOrigins origins, SigningOrigins origin) => (origins & origin) != 0 ? CleanupFlags.Sign : CleanupFlags.None;
}
