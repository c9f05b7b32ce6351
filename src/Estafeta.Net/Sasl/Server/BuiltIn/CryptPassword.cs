using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Estafeta.Net.Sasl.Server.BuiltIn;

/// <summary>crypt(3) of libcrypt: MD5, SHA-256, SHA-512, bcrypt, yescrypt… whatever the system's library knows.</summary>
internal static partial class CryptPassword
{
    // sizeof(struct crypt_data), the same in glibc and libxcrypt.
    private const int CryptDataOctets = 32 * 1024;

    public static bool Matches(string password, string hash)
    {
        var scratch = Marshal.AllocHGlobal(CryptDataOctets);
        try
        {
            unsafe
            {
                new Span<byte>((void*)scratch, CryptDataOctets).Clear();
            }

            var result = Marshal.PtrToStringUTF8(Crypt(password, hash, scratch));

            // A failure token starts with '*' and never equals a hash.
            return result != null && !result.StartsWith('*')
                && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(result), Encoding.UTF8.GetBytes(hash));
        }
        catch (DllNotFoundException e)
        {
            throw new IOException("libcrypt is not installed", e);
        }
        finally
        {
            unsafe
            {
                CryptographicOperations.ZeroMemory(new Span<byte>((void*)scratch, CryptDataOctets));
            }

            Marshal.FreeHGlobal(scratch);
        }
    }

    [LibraryImport("libcrypt.so.1", EntryPoint = "crypt_r", StringMarshalling = StringMarshalling.Utf8)]
    private static partial IntPtr Crypt(string phrase, string setting, IntPtr data);
}
