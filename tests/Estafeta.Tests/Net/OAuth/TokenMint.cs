using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Estafeta.Tests.Net.OAuth;

/// <summary>An issuer of signed tokens, with one key of each kind.</summary>
internal sealed class TokenMint : IDisposable
{
    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ECDsa _curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string KeySet
    {
        get
        {
            var rsa = _rsa.ExportParameters(false);
            var curve = _curve.ExportParameters(false);
            return $$"""
                {"keys":[
                 {"kty":"oct","k":"c2VjcmV0","kid":"shared"},
                 {"kty":"RSA","use":"sig","kid":"r1","n":"{{Encode(rsa.Modulus!)}}","e":"{{Encode(rsa.Exponent!)}}"},
                 {"kty":"EC","crv":"P-256","kid":"e1","x":"{{Encode(curve.Q.X!)}}","y":"{{Encode(curve.Q.Y!)}}"}]}
                """;
        }
    }

    public string Pem => _rsa.ExportSubjectPublicKeyInfoPem() + "\n" + _curve.ExportSubjectPublicKeyInfoPem() + "\n";

    public string Sign(string algorithm, string claims, string? keyId = null, string more = "")
    {
        var header = keyId == null ? $$"""{"alg":"{{algorithm}}"{{more}}}""" : $$"""{"alg":"{{algorithm}}","kid":"{{keyId}}"{{more}}}""";
        var text = $"{Encode(Encoding.UTF8.GetBytes(header))}.{Encode(Encoding.UTF8.GetBytes(claims))}";
        var octets = Encoding.ASCII.GetBytes(text);
        var hash = algorithm.EndsWith("512", StringComparison.Ordinal) ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256;
        var signature = algorithm[..2] switch
        {
            "RS" => _rsa.SignData(octets, hash, RSASignaturePadding.Pkcs1),
            "PS" => _rsa.SignData(octets, hash, RSASignaturePadding.Pss),
            "ES" => _curve.SignData(octets, hash),
            "HS" => HMACSHA256.HashData(Encoding.UTF8.GetBytes("secret"), octets),
            _ => [0],
        };
        return $"{text}.{Encode(signature)}";
    }

    public void Dispose()
    {
        _rsa.Dispose();
        _curve.Dispose();
    }

    private static string Encode(byte[] octets) => Base64Url.EncodeToString(octets);
}
