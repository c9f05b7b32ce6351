using System.Runtime.InteropServices;

namespace Estafeta.Tables.Ldap;

/// <summary>The part of OpenLDAP's libldap that look-ups need; whichever release is installed.</summary>
internal static unsafe partial class LdapLibrary
{
    public const int Success = 0;
    public const int NoSuchObject = 32;
    public const int SizeLimitExceeded = 4;
    public const int InvalidName = 34;
    public const int InvalidCredentials = 49;
    public const int ServerDown = -1;

    public const int OptionDescriptor = 0x0001;
    public const int OptionDereference = 0x0002;
    public const int OptionSizeLimit = 0x0003;
    public const int OptionReferrals = 0x0008;
    public const int OptionVersion = 0x0011;
    public const int OptionResultCode = 0x0031;
    public const int OptionDiagnostic = 0x0032;
    public const int OptionDebugLevel = 0x5001;
    public const int OptionTimeout = 0x5002;
    public const int OptionNetworkTimeout = 0x5005;
    public const int OptionAuthorityFile = 0x6002;
    public const int OptionAuthorityDirectory = 0x6003;
    public const int OptionCertificateFile = 0x6004;
    public const int OptionKeyFile = 0x6005;
    public const int OptionRequireCertificate = 0x6006;
    public const int OptionCipherSuite = 0x6008;
    public const int OptionRandomFile = 0x6009;
    public const int OptionNewTlsContext = 0x600f;
    public const int OptionSaslProperties = 0x6106;

    public const int CertificateNever = 0;
    public const int CertificateDemand = 1;
    public const int MessageAll = 1;
    public const int AnyMessage = -1;
    public const uint SaslQuiet = 2;

    private const string Library = "ldap";

    private static readonly string[] Names = ["libldap.so.2", "libldap-2.5.so.0", "libldap_r-2.4.so.2", "libldap-2.4.so.2"];
    private static nint s_handle;

    /// <exception cref="TableUnavailableException">No release is installed.</exception>
    public static void Require(TableRequest request)
    {
        lock (Names)
        {
            if (s_handle != 0)
            {
                return;
            }

            foreach (var name in Names)
            {
                if (NativeLibrary.TryLoad(name, typeof(LdapLibrary).Assembly, DllImportSearchPath.SafeDirectories, out s_handle))
                {
                    NativeLibrary.SetDllImportResolver(typeof(LdapLibrary).Assembly, static (wanted, _, _) => wanted == Library ? s_handle : 0);
                    return;
                }
            }
        }

        throw new TableUnavailableException($"unsupported dictionary type: {request.Type} (libldap is not installed)");
    }

    public static string Message(int error) => Marshal.PtrToStringUTF8(ErrorText(error)) ?? $"LDAP error {error}";

    [LibraryImport(Library, EntryPoint = "ldap_err2string")]
    private static partial nint ErrorText(int error);

    [LibraryImport(Library, EntryPoint = "ldap_initialize", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Initialize(out nint handle, string uris);

    [LibraryImport(Library, EntryPoint = "ldap_set_option")]
    public static partial int SetOption(nint handle, int option, void* value);

    [LibraryImport(Library, EntryPoint = "ldap_get_option")]
    public static partial int GetOption(nint handle, int option, void* value);

    [LibraryImport(Library, EntryPoint = "ldap_start_tls_s")]
    public static partial int StartTls(nint handle, nint serverControls, nint clientControls);

    [LibraryImport(Library, EntryPoint = "ldap_sasl_bind", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Bind(nint handle, string name, nint mechanism, LdapOctets* credentials, nint serverControls, nint clientControls, out int message);

    [LibraryImport(Library, EntryPoint = "ldap_sasl_interactive_bind_s", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int BindSasl(
        nint handle, nint name, string? mechanisms, nint serverControls, nint clientControls, uint flags,
        delegate* unmanaged<nint, uint, void*, void*, int> interact, void* defaults);

    [LibraryImport(Library, EntryPoint = "ldap_search_ext", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Search(
        nint handle, string searchBase, int scope, string filter, byte** attributes, int namesOnly, nint serverControls, nint clientControls,
        LdapTime* timeout, int sizeLimit, out int message);

    [LibraryImport(Library, EntryPoint = "ldap_abandon_ext")]
    public static partial int Abandon(nint handle, int message, nint serverControls, nint clientControls);

    [LibraryImport(Library, EntryPoint = "ldap_result")]
    public static partial int Result(nint handle, int message, int all, LdapTime* timeout, out nint result);

    [LibraryImport(Library, EntryPoint = "ldap_parse_result")]
    public static partial int ParseResult(
        nint handle, nint result, out int code, byte** matched, byte** text, nint referrals, nint serverControls, int frees);

    [LibraryImport(Library, EntryPoint = "ldap_msgid")]
    public static partial int MessageNumber(nint result);

    [LibraryImport(Library, EntryPoint = "ldap_msgfree")]
    public static partial int FreeMessage(nint result);

    [LibraryImport(Library, EntryPoint = "ldap_first_entry")]
    public static partial nint FirstEntry(nint handle, nint result);

    [LibraryImport(Library, EntryPoint = "ldap_next_entry")]
    public static partial nint NextEntry(nint handle, nint entry);

    [LibraryImport(Library, EntryPoint = "ldap_get_dn")]
    public static partial byte* EntryName(nint handle, nint entry);

    [LibraryImport(Library, EntryPoint = "ldap_first_attribute")]
    public static partial byte* FirstAttribute(nint handle, nint entry, out nint cursor);

    [LibraryImport(Library, EntryPoint = "ldap_next_attribute")]
    public static partial byte* NextAttribute(nint handle, nint entry, nint cursor);

    [LibraryImport(Library, EntryPoint = "ber_free")]
    public static partial void FreeCursor(nint cursor, int freesBuffer);

    [LibraryImport(Library, EntryPoint = "ldap_get_values_len")]
    public static partial LdapOctets** Values(nint handle, nint entry, byte* attribute);

    [LibraryImport(Library, EntryPoint = "ldap_value_free_len")]
    public static partial void FreeValues(LdapOctets** values);

    [LibraryImport(Library, EntryPoint = "ldap_memfree")]
    public static partial void FreeMemory(void* memory);

    [LibraryImport(Library, EntryPoint = "ldap_unbind_ext_s")]
    public static partial int Unbind(nint handle, nint serverControls, nint clientControls);
}

/// <summary>struct berval.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LdapOctets
{
    public nuint Length;
    public byte* Data;
}

/// <summary>struct timeval of 64-bit systems.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LdapTime
{
    public long Seconds;
    public long Microseconds;

    public static LdapTime From(TimeSpan time) => new() { Seconds = (long)time.TotalSeconds, Microseconds = time.Microseconds };
}
