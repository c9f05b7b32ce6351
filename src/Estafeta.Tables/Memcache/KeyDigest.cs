using System.Runtime.InteropServices;

namespace Estafeta.Tables.Memcache;

/// <summary><c>key_digest</c>: any message digest that OpenSSL knows by name. Keys become short, and as long as each other.</summary>
internal sealed unsafe partial class KeyDigest
{
    private const string Library = "libcrypto.so.3";
    private const int LongestDigest = 64; // EVP_MAX_MD_SIZE

    private readonly string _name;

    /// <exception cref="TableUnavailableException">OpenSSL is not installed, or does not know it.</exception>
    public KeyDigest(string name, TableRequest request)
    {
        Sources.ClientLibrary.Require(Library, request);
        _name = name;
        if (!TryCompute([], out _))
        {
            throw new TableUnavailableException($"{request.Source}: unknown key_digest algorithm: {name}");
        }
    }

    /// <summary>Lower-case hexadecimal.</summary>
    public string Compute(ReadOnlySpan<byte> key) => TryCompute(key, out var digest)
        ? digest
        : throw new IOException($"OpenSSL cannot compute {_name}");

    private bool TryCompute(ReadOnlySpan<byte> key, out string digest)
    {
        var octets = stackalloc byte[LongestDigest];
        nuint length = 0;
        fixed (byte* data = key)
        {
            var isComputed = EvpDigest(0, _name, 0, data, (nuint)key.Length, octets, &length) == 1;
            digest = isComputed ? Convert.ToHexStringLower(new ReadOnlySpan<byte>(octets, (int)length)) : "";
            return isComputed;
        }
    }

    [LibraryImport(Library, EntryPoint = "EVP_Q_digest", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int EvpDigest(nint context, string name, nint properties, byte* data, nuint length, byte* digest, nuint* digestLength);
}
