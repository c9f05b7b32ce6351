using System.Text;
using Estafeta.Net.Sasl.Server;

namespace Estafeta.Net.Sasl.Client;

/// <summary>XOAUTH2 (Google, Microsoft) and OAUTHBEARER (RFC 7628): an access token in place of a password.</summary>
internal sealed class OAuthClient(SaslMechanism mechanism, SaslCredentials credentials) : SaslClientMechanism(mechanism)
{
    private readonly bool _isStandard = mechanism.Name == "OAUTHBEARER";

    public override byte[] InitialResponse => Encoding.UTF8.GetBytes(_isStandard
        ? $"n,a={Escape(credentials.User)},\u0001auth=Bearer {credentials.Password}\u0001\u0001"
        : $"user={credentials.User}\u0001auth=Bearer {credentials.Password}\u0001\u0001");

    public override bool TryRespond(ReadOnlySpan<byte> challenge, out byte[] response)
    {
        // An empty challenge asks for the initial response; any other is the server's error report, which wants an answer before the 535.
        response = challenge.IsEmpty ? InitialResponse : _isStandard ? [1] : [];
        return true;
    }

    private static string Escape(string user) => user.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);
}
