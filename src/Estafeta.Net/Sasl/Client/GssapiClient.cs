using Estafeta.Net.Sasl.Server;

namespace Estafeta.Net.Sasl.Client;

/// <summary>
/// GSSAPI (RFC 4752): Kerberos tickets from the process's credential cache (KRB5CCNAME, by import_environment) prove both sides; no security layer is
/// taken. Needs MIT's libgssapi_krb5.
/// </summary>
internal sealed class GssapiClient(SaslMechanism mechanism, SaslCredentials credentials, string hostName) : SaslClientMechanism(mechanism), IDisposable
{
    private const byte NoSecurityLayer = 1;

    private readonly GssContext _context = new(hostName);
    private State _state;

    private enum State
    {
        Establishing,
        Negotiating,
        Done,
    }

    public override bool IsServerProven => _state == State.Done;

    /// <summary>A ticket may have to be fetched: not on the thread that serves sockets.</summary>
    public override bool Blocks => true;

    public override bool TryRespond(ReadOnlySpan<byte> challenge, out byte[] response)
    {
        response = [];
        switch (_state)
        {
            case State.Establishing:
                if (!_context.TryContinue(challenge, out response))
                {
                    return false;
                }

                _state = _context.IsEstablished ? State.Negotiating : State.Establishing;
                return true;

            case State.Negotiating:
                // Layers on offer, then the largest message in three octets, of no use without a layer.
                if (!_context.TryUnwrap(challenge, out var offer) || offer.Length != 4 || (offer[0] & NoSecurityLayer) == 0)
                {
                    return false;
                }

                _state = State.Done;
                return _context.TryWrap([NoSecurityLayer, 0, 0, 0, .. System.Text.Encoding.UTF8.GetBytes(credentials.User)], out response);

            default:
                return false;
        }
    }

    public void Dispose() => _context.Dispose();
}
