using System.Runtime.InteropServices;
using System.Text;

namespace Estafeta.Net.Sasl.Client;

/// <summary>A security context of libgssapi_krb5 with <c>smtp@host</c> (RFC 2743). Used by one thread at a time. All calls may block.</summary>
internal sealed unsafe partial class GssContext : IDisposable
{
    private const string Library = "libgssapi_krb5.so.2";
    private const uint ContinueNeeded = 1;
    private const uint ErrorMask = 0xffff0000;
    private const uint MutualFlag = 2;
    private const uint IntegrityFlag = 32;

    // 1.2.840.113554.1.2.1.4, GSS_C_NT_HOSTBASED_SERVICE.
    private static ReadOnlySpan<byte> HostBasedService => [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x01, 0x04];

    // 1.2.840.113554.1.2.2, Kerberos 5.
    private static ReadOnlySpan<byte> Kerberos => [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02];

    private readonly string _target;
    private nint _name;
    private nint _context;

    public GssContext(string hostName) => _target = "smtp@" + hostName;

    public bool IsEstablished { get; private set; }

    /// <summary>Whether the library is there; without it the mechanism is not chosen.</summary>
    public static bool IsAvailable { get; } = NativeLibrary.TryLoad(Library, out _);

    public bool TryContinue(ReadOnlySpan<byte> input, out byte[] output)
    {
        output = [];
        if (_name == 0 && !ImportName())
        {
            return false;
        }

        uint major;
        Octets result;
        fixed (byte* data = input, kerberos = Kerberos)
        {
            var token = new Octets { Length = (nuint)input.Length, Value = data };
            var mechanism = new Identifier { Length = (uint)Kerberos.Length, Elements = kerberos };
            major = InitSecContext(
                out _, 0, ref _context, _name, &mechanism, MutualFlag | IntegrityFlag, 0, 0, input.IsEmpty ? null : &token, 0, &result, 0, 0);
        }

        output = Take(ref result);
        IsEstablished = major == 0;
        return (major & ErrorMask) == 0 && (IsEstablished || (major & ContinueNeeded) != 0);
    }

    public bool TryUnwrap(ReadOnlySpan<byte> input, out byte[] output)
    {
        fixed (byte* data = input)
        {
            var token = new Octets { Length = (nuint)input.Length, Value = data };
            Octets result;
            var major = Unwrap(out _, _context, &token, &result, 0, 0);
            output = Take(ref result);
            return (major & ErrorMask) == 0;
        }
    }

    public bool TryWrap(ReadOnlySpan<byte> input, out byte[] output)
    {
        fixed (byte* data = input)
        {
            var message = new Octets { Length = (nuint)input.Length, Value = data };
            Octets result;
            var major = Wrap(out _, _context, 0, 0, &message, 0, &result);
            output = Take(ref result);
            return (major & ErrorMask) == 0;
        }
    }

    public void Dispose()
    {
        if (_context != 0)
        {
            _ = DeleteSecContext(out _, ref _context, 0);
        }

        if (_name != 0)
        {
            _ = ReleaseName(out _, ref _name);
        }
    }

    private bool ImportName()
    {
        fixed (byte* target = Encoding.ASCII.GetBytes(_target), type = HostBasedService)
        {
            var text = new Octets { Length = (nuint)_target.Length, Value = target };
            var identifier = new Identifier { Length = (uint)HostBasedService.Length, Elements = type };
            return (ImportName(out _, &text, &identifier, out _name) & ErrorMask) == 0;
        }
    }

    private static byte[] Take(ref Octets buffer)
    {
        var octets = new ReadOnlySpan<byte>(buffer.Value, (int)buffer.Length).ToArray();
        fixed (Octets* pointer = &buffer)
        {
            _ = ReleaseBuffer(out _, pointer);
        }

        return octets;
    }

    [LibraryImport(Library, EntryPoint = "gss_import_name")]
    private static partial uint ImportName(out uint minor, Octets* text, Identifier* type, out nint name);

    [LibraryImport(Library, EntryPoint = "gss_init_sec_context")]
    private static partial uint InitSecContext(
        out uint minor, nint credential, ref nint context, nint target, Identifier* mechanism, uint flags, uint time, nint bindings, Octets* input,
        nint actualMechanism, Octets* output, nint actualFlags, nint actualTime);

    [LibraryImport(Library, EntryPoint = "gss_unwrap")]
    private static partial uint Unwrap(out uint minor, nint context, Octets* input, Octets* output, nint confidential, nint quality);

    [LibraryImport(Library, EntryPoint = "gss_wrap")]
    private static partial uint Wrap(out uint minor, nint context, int confidential, uint quality, Octets* input, nint isConfidential, Octets* output);

    [LibraryImport(Library, EntryPoint = "gss_release_buffer")]
    private static partial uint ReleaseBuffer(out uint minor, Octets* buffer);

    [LibraryImport(Library, EntryPoint = "gss_release_name")]
    private static partial uint ReleaseName(out uint minor, ref nint name);

    [LibraryImport(Library, EntryPoint = "gss_delete_sec_context")]
    private static partial uint DeleteSecContext(out uint minor, ref nint context, nint output);

    [StructLayout(LayoutKind.Sequential)]
    private struct Octets
    {
        public nuint Length;
        public byte* Value;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Identifier
    {
        public uint Length;
        public byte* Elements;
    }
}
