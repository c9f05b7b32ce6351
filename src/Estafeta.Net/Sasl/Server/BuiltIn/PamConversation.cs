using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Estafeta.Net.Sasl.Server.BuiltIn;

/// <summary>libpam, asked whether a password is right and the account may be used. Every question without echo is answered with the password.</summary>
internal static unsafe partial class PamConversation
{
    private const string Library = "libpam.so.0";
    private const int Success = 0;
    private const int PromptEchoOff = 1;
    private const int ConversationError = 19;

    // PAM_AUTH_ERR, USER_UNKNOWN, MAXTRIES, PERM_DENIED, ACCT_EXPIRED, NEW_AUTHTOK_REQD, CRED_INSUFFICIENT: the user's fault. All else is trouble.
    private static readonly int[] Refusals = [6, 7, 8, 10, 11, 12, 13];

    /// <exception cref="IOException">PAM cannot tell.</exception>
    public static bool Authenticate(string service, string user, string password)
    {
        var secret = Encoding.UTF8.GetBytes(password + '\0');
        nint handle = 0;
        var status = Success;
        fixed (byte* pointer = secret)
        {
            try
            {
                var conversation = new Conversation { Function = &Answer, Data = pointer };
                status = Start(service, user, &conversation, out handle);
                if (status == Success)
                {
                    status = Authenticate(handle, 0);
                }

                if (status == Success)
                {
                    status = AccountManagement(handle, 0);
                }

                return status == Success
                    || (Refusals.Contains(status) ? false : throw new IOException($"PAM service {service}: {Describe(handle, status)}"));
            }
            catch (DllNotFoundException e)
            {
                throw new IOException("libpam is not installed", e);
            }
            finally
            {
                if (handle != 0)
                {
                    _ = End(handle, status);
                }

                CryptographicOperations.ZeroMemory(secret);
            }
        }
    }

    // PAM frees the answers with free().
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Answer(int count, Message** messages, Response** responses, byte* secret)
    {
        if (count is <= 0 or > 32)
        {
            return ConversationError;
        }

        var answers = (Response*)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(Response));
        for (var i = 0; i < count; i++)
        {
            if (messages[i]->Style == PromptEchoOff)
            {
                var length = (nuint)MemoryMarshal.CreateReadOnlySpanFromNullTerminated(secret).Length + 1;
                answers[i].Text = (byte*)NativeMemory.Alloc(length);
                NativeMemory.Copy(secret, answers[i].Text, length);
            }
        }

        *responses = answers;
        return Success;
    }

    private static string Describe(nint handle, int status) => Marshal.PtrToStringUTF8(ErrorText(handle, status)) ?? $"error {status}";

    [LibraryImport(Library, EntryPoint = "pam_start", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Start(string service, string user, Conversation* conversation, out nint handle);

    [LibraryImport(Library, EntryPoint = "pam_authenticate")]
    private static partial int Authenticate(nint handle, int flags);

    [LibraryImport(Library, EntryPoint = "pam_acct_mgmt")]
    private static partial int AccountManagement(nint handle, int flags);

    [LibraryImport(Library, EntryPoint = "pam_end")]
    private static partial int End(nint handle, int status);

    [LibraryImport(Library, EntryPoint = "pam_strerror")]
    private static partial nint ErrorText(nint handle, int status);

    [StructLayout(LayoutKind.Sequential)]
    private struct Conversation
    {
        public delegate* unmanaged[Cdecl]<int, Message**, Response**, byte*, int> Function;
        public byte* Data;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public int Style;
        public byte* Text;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Response
    {
        public byte* Text;
        public int Code;
    }
}
