using System.Runtime.InteropServices;

namespace Estafeta.Net.Sasl.Server.Cyrus;

/// <summary>The server half of Cyrus SASL's library, libsasl2, with whatever plug-ins are installed beside it.</summary>
internal static unsafe partial class CyrusLibrary
{
    public const int Ok = 0;
    public const int Continue = 1;

    // The user's fault: SASL_BADAUTH, NOAUTHZ, TOOWEAK, ENCRYPT, TRANS, EXPIRED, DISABLED, NOUSER, PWLOCK. All else is trouble.
    public static readonly int[] Refusals = [-13, -14, -15, -16, -17, -18, -19, -20, -21];

    public const int PropertyUserName = 0;
    public const int PropertySecurity = 101;
    public const int PathOfConfiguration = 1;

    private const string Library = "libsasl2.so.2";

    public static bool IsAvailable { get; } = NativeLibrary.TryLoad(Library, out _);

    [LibraryImport(Library, EntryPoint = "sasl_set_mutex")]
    public static partial void SetMutex(
        delegate* unmanaged<nint> allocate, delegate* unmanaged<nint, int> enter, delegate* unmanaged<nint, int> leave, delegate* unmanaged<nint, void> free);

    [LibraryImport(Library, EntryPoint = "sasl_set_path", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetPath(int type, string path);

    [LibraryImport(Library, EntryPoint = "sasl_server_init", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Initialize(nint callbacks, string application);

    [LibraryImport(Library, EntryPoint = "sasl_server_new", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int New(
        string service, string host, string? realm, string? localAddress, string? remoteAddress, nint callbacks, uint flags, out nint connection);

    [LibraryImport(Library, EntryPoint = "sasl_setprop")]
    public static partial int SetProperty(nint connection, int property, void* value);

    [LibraryImport(Library, EntryPoint = "sasl_getprop")]
    public static partial int GetProperty(nint connection, int property, void** value);

    [LibraryImport(Library, EntryPoint = "sasl_listmech", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ListMechanisms(
        nint connection, string? user, string prefix, string separator, string suffix, out nint result, out uint length, out int count);

    [LibraryImport(Library, EntryPoint = "sasl_server_start", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Start(nint connection, string mechanism, byte* input, uint inputLength, out byte* output, out uint outputLength);

    [LibraryImport(Library, EntryPoint = "sasl_server_step")]
    public static partial int Step(nint connection, byte* input, uint inputLength, out byte* output, out uint outputLength);

    [LibraryImport(Library, EntryPoint = "sasl_errstring")]
    public static partial nint ErrorText(int code, nint languages, nint actualLanguage);

    [LibraryImport(Library, EntryPoint = "sasl_dispose")]
    public static partial void Free(ref nint connection);

    /// <summary>sasl_security_properties_t: no security layer, since SMTP under AUTH goes on as before.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SecurityProperties
    {
        public uint MinimumStrength;
        public uint MaximumStrength;
        public uint BufferOctets;
        public uint Flags;
        public nint Names;
        public nint Values;
    }
}
