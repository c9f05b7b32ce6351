using Estafeta.Configuration;
using Estafeta.Configuration.Lists;
using Estafeta.Tables;

namespace Estafeta.Daemons.Smtpd.Access.Tables;

/// <summary>
/// Which fingerprints of a client certificate check_ccert_access looks up, and in which order:
/// <c>check_ccert_access { type:name, { search_order = pubkey_fingerprint, cert_fingerprint } }</c>. Without the attribute first that of the certificate.
/// </summary>
internal sealed class CertificateSearchOrder
{
    private const string Attribute = "search_order";

    private readonly List<int> _order = [];

    /// <param name="restriction">For errors.</param>
    /// <param name="table">The restriction's argument.</param>
    /// <exception cref="ConfigurationException">An unknown word.</exception>
    public CertificateSearchOrder(string restriction, string table)
    {
        var words = TableSpecification.Parse(restriction, table).Find(Attribute) ?? "cert_fingerprint, pubkey_fingerprint";
        foreach (var word in WordList.Split(words))
        {
            _order.Add(word switch
            {
                "cert_fingerprint" => 0,
                "pubkey_fingerprint" => 1,
                _ => throw new ConfigurationException($"{restriction}: unknown {Attribute}: {word}"),
            });
        }
    }

    /// <param name="fingerprints">Of the certificate and of its public key; none when the client showed no certificate.</param>
    public IReadOnlyList<string> Keys(IReadOnlyList<string> fingerprints) => [.. _order.Where(i => i < fingerprints.Count).Select(i => fingerprints[i])];
}
