using System.Security.Cryptography;
using System.Text;

namespace Estafeta.Net.Sasl.Server.BuiltIn;

/// <summary>What a server keeps for SCRAM (RFC 5802 §3): enough to check a client, not enough to be one.</summary>
public sealed record ScramVerifier(HashAlgorithmName Hash, int Iterations, byte[] Salt, byte[] StoredKey, byte[] ServerKey)
{
    public const int DefaultIterations = 4096;

    /// <param name="password">As it is hashed: prepared (<see cref="SaslPrep"/>) or not.</param>
    public static ScramVerifier Create(HashAlgorithmName hash, string password, byte[] salt, int iterations)
    {
        var length = hash == HashAlgorithmName.SHA1 ? 20 : 32;
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, hash, length);
        var clientKey = Hmac(hash, salted, "Client Key"u8);
        return new ScramVerifier(hash, iterations, salt, Digest(hash, clientKey), Hmac(hash, salted, "Server Key"u8));
    }

    public bool Matches(string password) =>
        CryptographicOperations.FixedTimeEquals(Create(Hash, password, Salt, Iterations).StoredKey, StoredKey);

    /// <summary>Whether the proof was made by someone who knows the password (RFC 5802 §3).</summary>
    public bool Accepts(ReadOnlySpan<byte> authMessage, ReadOnlySpan<byte> proof)
    {
        var signature = Hmac(Hash, StoredKey, authMessage);
        if (proof.Length != signature.Length)
        {
            return false;
        }

        var clientKey = new byte[proof.Length];
        for (var i = 0; i < clientKey.Length; i++)
        {
            clientKey[i] = (byte)(proof[i] ^ signature[i]);
        }

        return CryptographicOperations.FixedTimeEquals(Digest(Hash, clientKey), StoredKey);
    }

    public byte[] ServerSignature(ReadOnlySpan<byte> authMessage) => Hmac(Hash, ServerKey, authMessage);

    private static byte[] Hmac(HashAlgorithmName hash, byte[] key, ReadOnlySpan<byte> data) =>
        hash == HashAlgorithmName.SHA1 ? HMACSHA1.HashData(key, data) : HMACSHA256.HashData(key, data);

    private static byte[] Digest(HashAlgorithmName hash, byte[] data) =>
        hash == HashAlgorithmName.SHA1 ? SHA1.HashData(data) : SHA256.HashData(data);
}
