using System.Text;
using Estafeta.Net.Sasl.Server;

namespace Estafeta.Net.Sasl.Client;

/// <summary>RFC 4616: everything in one message.</summary>
internal sealed class PlainClient(SaslMechanism mechanism, SaslCredentials credentials) : SaslClientMechanism(mechanism)
{
    public override byte[] InitialResponse => Encoding.UTF8.GetBytes($"{credentials.AuthorizationId}\0{credentials.User}\0{credentials.Password}");

    public override bool TryRespond(ReadOnlySpan<byte> challenge, out byte[] response)
    {
        // A server that did not take the initial response asks with an empty challenge.
        response = InitialResponse;
        return challenge.IsEmpty;
    }
}
