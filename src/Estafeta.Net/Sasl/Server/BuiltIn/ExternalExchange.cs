using Estafeta.Tables;

namespace Estafeta.Net.Sasl.Server.BuiltIn;

/// <summary>
/// EXTERNAL (RFC 4422, appendix A): the client's certificate says who it is. estafeta_sasl_external_maps tells whose a certificate is, by its fingerprint
/// or that of its public key, as in relay_clientcerts.
/// </summary>
internal sealed class ExternalExchange(MapList certificates, SaslSession session) : BuiltInExchange(serverFirst: false)
{
    protected override async ValueTask<SaslStep> NextAsync(byte[] response, CancellationToken cancellationToken)
    {
        if (Text(response) is not { } wanted)
        {
            return Refused;
        }

        foreach (var fingerprint in session.CertificateFingerprints)
        {
            var result = await certificates.LookupAsync(fingerprint, cancellationToken);
            if (result.IsTrouble)
            {
                throw new IOException($"{certificates.ParameterName}: {result.Value}");
            }

            if (result.IsFound)
            {
                var user = result.Value!; // found
                return wanted.Length == 0 || wanted == user ? new SaslStep(SaslOutcome.Succeeded, user) : Refused with { User = wanted };
            }
        }

        return new SaslStep(SaslOutcome.Failed, "certificate of nobody", wanted.Length > 0 ? wanted : null);
    }
}
