using System.Text;
using Estafeta.Net.Tls.OpenSsl;

namespace Estafeta.Net.Tls;

/// <summary>
/// Private keys and certificates from PEM text, in Postfix's order: each key is followed by its certificate, then by the certificates that
/// lead to the root. One text may hold several such chains (one per algorithm), and a chain may spread over several files.
/// </summary>
internal static class CertificateChain
{
    /// <param name="context">The chains are added to it.</param>
    /// <param name="pem">The PEM text.</param>
    /// <param name="source">Where it is from, for error texts.</param>
    public static void Load(SafeContextHandle context, string pem, string source)
    {
        nint key = 0;
        var chains = 0;
        try
        {
            foreach (var block in Blocks(pem))
            {
                if (block.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
                {
                    if (key != 0)
                    {
                        throw new TlsException($"error loading chain from {source}: key not followed by its certificate", []);
                    }

                    key = Read(block, LibCrypto.ReadPrivateKey, source);
                }
                else if (block.StartsWith("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal))
                {
                    AddCertificate(context, Read(block, LibCrypto.ReadCertificate, source), ref key, ref chains, source);
                }
            }
        }
        finally
        {
            if (key != 0)
            {
                LibCrypto.FreeKey(key);
            }
        }

        if (key == 0 && chains == 0)
        {
            throw new TlsException($"error loading private keys and certificates from: {source}: disabling TLS support", []);
        }

        if (key != 0)
        {
            throw new TlsException($"error loading chain from {source}: no certificate found", []);
        }
    }

    private static void AddCertificate(SafeContextHandle context, nint certificate, ref nint key, ref int chains, string source)
    {
        if (key == 0)
        {
            // Part of the chain; a success takes the certificate over.
            if (chains == 0 || LibSsl.Control(context, LibSsl.CtrlChainCertificate, 0, certificate) != 1)
            {
                LibCrypto.FreeCertificate(certificate);
                throw TlsContext.Failure($"error loading chain from {source}: certificate without a key before it");
            }

            return;
        }

        var isUsed = LibSsl.UseCertificate(context, certificate) == 1 && LibSsl.UsePrivateKey(context, key) == 1 && LibSsl.CheckPrivateKey(context) == 1;
        LibCrypto.FreeCertificate(certificate);
        LibCrypto.FreeKey(key);
        key = 0;
        chains++;
        if (!isUsed)
        {
            throw TlsContext.Failure($"error loading chain from {source}: key and certificate do not belong together");
        }
    }

    private delegate nint Reader(nint bio, nint target, nint callback, nint argument);

    private static nint Read(string block, Reader read, string source)
    {
        var octets = Encoding.ASCII.GetBytes(block);
        var bio = LibCrypto.NewBio(LibCrypto.MemoryMethod());
        try
        {
            _ = LibCrypto.WriteBio(bio, octets, octets.Length);
            var item = read(bio, 0, 0, 0);
            return item != 0 ? item : throw TlsContext.Failure($"error loading chain from {source}: malformed PEM data");
        }
        finally
        {
            _ = LibCrypto.FreeBio(bio);
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(octets);
        }
    }

    private static IEnumerable<string> Blocks(string pem)
    {
        var at = 0;
        while ((at = pem.IndexOf("-----BEGIN ", at, StringComparison.Ordinal)) >= 0)
        {
            var end = pem.IndexOf("-----END ", at, StringComparison.Ordinal);
            var close = end < 0 ? -1 : pem.IndexOf("-----", end + 9, StringComparison.Ordinal);
            if (close < 0)
            {
                yield break;
            }

            yield return pem[at..(close + 5)] + "\n";
            at = close + 5;
        }
    }
}
