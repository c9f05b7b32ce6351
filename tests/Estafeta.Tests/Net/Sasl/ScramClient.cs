using System.Security.Cryptography;
using System.Text;

namespace Estafeta.Tests.Net.Sasl;

/// <summary>The client's side of RFC 5802, written apart from the server's so that the two check each other.</summary>
internal sealed class ScramClient(HashAlgorithmName hash, string user, string password, byte[]? binding)
{
    private const string Nonce = "fyko+d2lbbFgONRv9qkxdawL";

    private string Header => binding == null ? "n,," : "p=tls-exporter,,";

    public string ExpectedServerFinal { get; private set; } = "";

    public string First() => Header + Bare();

    public string Final(string serverFirst)
    {
        var fields = serverFirst.Split(',').ToDictionary(f => f[0], f => f[2..]);
        var salted = Rfc2898DeriveBytes.Pbkdf2(
            password, Convert.FromBase64String(fields['s']), int.Parse(fields['i'], null), hash, hash == HashAlgorithmName.SHA1 ? 20 : 32);
        var clientKey = Hmac(salted, "Client Key");
        var storedKey = hash == HashAlgorithmName.SHA1 ? SHA1.HashData(clientKey) : SHA256.HashData(clientKey);
        var channel = Convert.ToBase64String([.. Encoding.ASCII.GetBytes(Header), .. binding ?? []]);
        var withoutProof = $"c={channel},r={fields['r']}";
        var authMessage = $"{Bare()},{serverFirst},{withoutProof}";
        var signature = Hmac(storedKey, authMessage);
        var proof = clientKey.Zip(signature, (a, b) => (byte)(a ^ b)).ToArray();
        ExpectedServerFinal = "v=" + Convert.ToBase64String(Hmac(Hmac(salted, "Server Key"), authMessage));
        return $"{withoutProof},p={Convert.ToBase64String(proof)}";
    }

    private string Bare() => $"n={user},r={Nonce}";

    private byte[] Hmac(byte[] key, string text) =>
        hash == HashAlgorithmName.SHA1 ? HMACSHA1.HashData(key, Encoding.UTF8.GetBytes(text)) : HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));
}
