using System.Security.Cryptography;
using System.Text;
using Estafeta.Net.Sasl.Server;

namespace Estafeta.Net.Sasl.Client;

/// <summary>RFC 2195: keyed MD5 of the server's challenge.</summary>
internal sealed class CramMd5Client(SaslMechanism mechanism, SaslCredentials credentials) : SaslClientMechanism(mechanism)
{
    private bool _isAnswered;

    public override bool TryRespond(ReadOnlySpan<byte> challenge, out byte[] response)
    {
        var digest = HMACMD5.HashData(Encoding.UTF8.GetBytes(credentials.Password), challenge);
        response = Encoding.UTF8.GetBytes($"{credentials.User} {Convert.ToHexStringLower(digest)}");
        var isFirst = !_isAnswered;
        _isAnswered = true;
        return isFirst && !challenge.IsEmpty;
    }
}
