using System.Runtime.InteropServices;

namespace Estafeta.Net.Sasl.Server.Cyrus;

/// <summary>sasl_conn_t: one exchange of libsasl2, for one thread at a time.</summary>
internal sealed unsafe class CyrusConnection : IDisposable
{
    private nint _connection;

    public CyrusConnection(string hostName, string realm, SaslSession session)
    {
        var status = CyrusLibrary.New(
            session.Service, hostName, realm.Length > 0 ? realm : null, Address(session.ServerAddress, 0), Address(session.ClientAddress, session.ClientPort), 0, 0,
            out _connection);
        if (status != CyrusLibrary.Ok)
        {
            throw new IOException($"SASL per-connection initialization failed: {CyrusSaslServer.Describe(status)}");
        }

        var security = default(CyrusLibrary.SecurityProperties);
        _ = CyrusLibrary.SetProperty(_connection, CyrusLibrary.PropertySecurity, &security);
    }

    public IEnumerable<string> Mechanisms()
    {
        var status = CyrusLibrary.ListMechanisms(_connection, null, "", " ", "", out var list, out _, out _);
        return status == CyrusLibrary.Ok
            ? (Marshal.PtrToStringUTF8(list) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            : throw new IOException($"cannot lookup SASL authentication mechanisms: {CyrusSaslServer.Describe(status)}");
    }

    /// <param name="mechanism">Its name.</param>
    /// <param name="input">Null when the client has said nothing yet.</param>
    public (int Status, byte[] Output) Start(string mechanism, byte[]? input)
    {
        fixed (byte* data = input ?? [0])
        {
            var status = CyrusLibrary.Start(_connection, mechanism, input == null ? null : data, (uint)(input?.Length ?? 0), out var output, out var length);
            return (status, Copy(status, output, length));
        }
    }

    public (int Status, byte[] Output) Step(byte[] input)
    {
        fixed (byte* data = input.Length == 0 ? [0] : input)
        {
            var status = CyrusLibrary.Step(_connection, data, (uint)input.Length, out var output, out var length);
            return (status, Copy(status, output, length));
        }
    }

    public byte[]? UserName()
    {
        void* name;
        return CyrusLibrary.GetProperty(_connection, CyrusLibrary.PropertyUserName, &name) == CyrusLibrary.Ok && name != null
            ? MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)name).ToArray()
            : null;
    }

    public void Dispose() => CyrusLibrary.Free(ref _connection);

    // The output is the library's, and there only when it goes on.
    private static byte[] Copy(int status, byte* output, uint length) =>
        status == CyrusLibrary.Continue && output != null ? new ReadOnlySpan<byte>(output, (int)length).ToArray() : [];

    private static string? Address(string address, int port) =>
        address.Length == 0 ? null : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{address};{port}");
}
