using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Estafeta.Net.Tls.Server;

namespace Estafeta.Net.Tls.OpenSsl;

/// <summary>
/// Gives OpenSSL our ticket keys (SSL_CTX_set_tlsext_ticket_key_evp_cb). The callback finds them by the SSL_CTX: a context that was closed
/// while sessions of it are open seals no more.
/// </summary>
internal static unsafe class TicketSealing
{
    private const int NoKey = 0;
    private const int Done = 1;
    private const int DoneWithNewTicket = 2;
    private const int Failed = -1;

    private static readonly ConcurrentDictionary<nint, (TicketKeys Keys, nint Cipher)> ByContext = new();

    // Few, and for the life of the process.
    private static readonly ConcurrentDictionary<string, nint> Ciphers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Throws <see cref="TlsException"/> for a cipher that is unknown or wants a longer key than there is.</summary>
    public static void Enable(SafeContextHandle context, TicketKeys keys, string cipherName)
    {
        var cipher = Ciphers.GetOrAdd(cipherName, static name => LibCrypto.FetchCipher(0, name, 0));
        LibCrypto.ClearErrors();
        if (cipher == 0 || LibCrypto.GetKeyLength(cipher) > TicketKey.CipherOctets || LibCrypto.GetIvLength(cipher) <= 0)
        {
            throw new TlsException($"invalid session ticket cipher \"{cipherName}\"", []);
        }

        ByContext[context.DangerousGetHandle()] = (keys, cipher);
        LibSsl.SetTicketCallback(context, &Transform);
    }

    public static void Forget(SafeContextHandle context) => ByContext.TryRemove(context.DangerousGetHandle(), out _);

    [UnmanagedCallersOnly]
    private static int Transform(nint session, byte* name, byte* iv, nint cipherContext, nint macContext, int isSealing)
    {
        if (!ByContext.TryGetValue(LibSsl.GetContext(session), out var entry))
        {
            return NoKey;
        }

        if (isSealing != 0)
        {
            var sealing = entry.Keys.Sealing;
            sealing.Name.CopyTo(new Span<byte>(name, TicketKey.NameOctets));
            RandomNumberGenerator.Fill(new Span<byte>(iv, LibCrypto.GetIvLength(entry.Cipher)));
            return LibCrypto.StartEncryption(cipherContext, entry.Cipher, 0, sealing.Cipher, iv) == 1 && StartMac(macContext, sealing) ? Done : Failed;
        }

        if (entry.Keys.Find(new ReadOnlySpan<byte>(name, TicketKey.NameOctets)) is not { } key)
        {
            return NoKey; // a full handshake
        }

        // A ticket is for one use (RFC 8446 appendix C.4): the client gets the next.
        return LibCrypto.StartDecryption(cipherContext, entry.Cipher, 0, key.Cipher, iv) == 1 && StartMac(macContext, key) ? DoneWithNewTicket : Failed;
    }

    private static bool StartMac(nint macContext, TicketKey key)
    {
        fixed (byte* name = "digest\0"u8)
        fixed (byte* digest = "SHA256\0"u8)
        {
            const uint Utf8String = 4;
            var parameters = stackalloc OpenSslParameter[2];
            parameters[0] = new OpenSslParameter { Key = name, Type = Utf8String, Data = digest, Size = 6 };
            parameters[1] = default;
            return LibCrypto.StartMac(macContext, key.Mac, (nuint)key.Mac.Length, parameters) == 1;
        }
    }
}

/// <summary>OSSL_PARAM.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct OpenSslParameter
{
    public byte* Key;
    public uint Type;
    public void* Data;
    public nuint Size;
    public nuint ReturnSize;
}
