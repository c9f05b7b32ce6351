using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Estafeta.Net.Tls.OpenSsl;

namespace Estafeta.Net.Tls;

/// <summary>The key exchange and signature parts of Postfix's TLS log line and Received header.</summary>
internal static class TlsKeyExchange
{
    private static readonly nint GroupNameCall = NativeLibrary.TryGetExport(LibSsl.Handle, "SSL_get0_group_name", out var address) ? address : 0;

    public static string Describe(SafeSessionHandle session, nint cipher)
    {
        // Before 1.3 the name of the cipher says it.
        if (TlsContext.Text(LibSsl.GetVersion(session)) != "TLSv1.3")
        {
            return "";
        }

        // The only name a group has that is two key exchanges in one (X25519MLKEM768); since 3.2, which Postfix too takes it from then on.
        if (NamedGroup(session) is { } group)
        {
            return group;
        }

        if (LibSsl.Control(session, LibSsl.CtrlGetPeerTemporaryKey, 0, out nint key) != 1 || key == 0)
        {
            return "";
        }

        try
        {
            var type = TlsContext.Text(LibCrypto.GetKeyTypeName(key)) ?? "";
            return type switch
            {
                "EC" => $"ECDHE ({Group(key)})",
                "DH" => string.Create(CultureInfo.InvariantCulture, $"DHE ({LibCrypto.GetKeyBits(key)} bits)"),
                _ => type,
            };
        }
        finally
        {
            LibCrypto.FreeKey(key);
        }
    }

    private static unsafe string? NamedGroup(SafeSessionHandle session) =>
        GroupNameCall == 0 ? null : TlsContext.Text(((delegate* unmanaged<nint, nint>)GroupNameCall)(session.DangerousGetHandle()));

    /// <summary>
    /// Kind and size of a key that signed, <c>RSA-PSS (2048 bits)</c>, and the digest it signed: <c>server-digest SHA256</c>. Empty before TLS 1.3,
    /// where the cipher tells, and without a key.
    /// </summary>
    /// <param name="key">EVP_PKEY.</param>
    /// <param name="isOwn">It is this side's.</param>
    /// <param name="whose"><c>server</c> or <c>client</c>.</param>
    public static string DescribeSignature(SafeSessionHandle session, nint key, bool isRaw, bool isOwn, string whose)
    {
        if (key == 0 || TlsContext.Text(LibSsl.GetVersion(session)) != "TLSv1.3")
        {
            return "";
        }

        var bits = LibCrypto.GetKeyBits(key);
        var type = TlsContext.Text(LibCrypto.GetKeyTypeName(key)) ?? "";
        var raw = isRaw ? " raw public key" : "";
        var signature = type switch
        {
            "RSA" => string.Create(CultureInfo.InvariantCulture, $"RSA-PSS ({bits} bits{raw})"), // TLS 1.3 knows no other
            "EC" => $"ECDSA ({Group(key)}{raw})",
            _ when isRaw => $"{type} (raw public key)",
            _ => type,
        };
        return LibSsl.IsReused(session) == 0
            && LibSsl.Control(session, isOwn ? LibSsl.CtrlGetSignatureDigest : LibSsl.CtrlGetPeerSignatureDigest, 0, out nint digest) == 1 && digest != 0
            ? $"{signature} {whose}-digest {TlsContext.Text(LibCrypto.ShortName((int)digest))}"
            : signature;
    }

    private static string Group(nint key)
    {
        Span<byte> name = stackalloc byte[64];
        return LibCrypto.GetKeyGroupName(key, name, (nuint)name.Length, out var length) == 1 ? Encoding.ASCII.GetString(name[..(int)length]) : "";
    }
}
