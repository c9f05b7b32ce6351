using Estafeta.Net.Sasl.Server;

namespace Estafeta.Net.Sasl.Client;

/// <summary>EXTERNAL (RFC 4422, appendix A): the certificate of the TLS session has said who we are; the login name stays empty, so that the server takes it from there.</summary>
internal sealed class ExternalClient(SaslMechanism mechanism) : SaslClientMechanism(mechanism)
{
    public override byte[] InitialResponse => [];

    public override bool TryRespond(ReadOnlySpan<byte> challenge, out byte[] response)
    {
        response = [];
        return challenge.IsEmpty;
    }
}
