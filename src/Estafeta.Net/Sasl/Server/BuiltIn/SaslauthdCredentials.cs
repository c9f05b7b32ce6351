using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Estafeta.Unix.Sockets;

namespace Estafeta.Net.Sasl.Server.BuiltIn;

/// <summary>
/// Cyrus SASL's password daemon: login, password, service and realm as counted strings, and a counted answer that starts with OK or
/// NO. What smtpd_sasl_type = cyrus with <c>pwcheck_method: saslauthd</c> needs, without libsasl2.
/// </summary>
public sealed class SaslauthdCredentials(string socketPath, string service, string realm, TimeProvider time) : ICredentialSource
{
    private static readonly TimeSpan ReplyTimeout = TimeSpan.FromSeconds(30);

    public ValueTask<ServedMechanisms> FindServedAsync(CancellationToken cancellationToken) => ValueTask.FromResult(ServedMechanisms.Nobody);

    public async ValueTask<bool> CheckAsync(string user, string password, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(ReplyTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await AskAsync(Request(user, password), both.Token);
        }
        catch (SocketException e)
        {
            throw new IOException($"saslauthd: {socketPath}: {ConnectFailure.Describe(e)}", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException("saslauthd: no answer", e);
        }
    }

    public ValueTask<StoredPassword?> FindAsync(string user, CancellationToken cancellationToken) =>
        throw new NotSupportedException("saslauthd only checks passwords");

    private byte[] Request(string user, string password)
    {
        var request = new List<byte>();

        // As libsasl2 does: joe@example.com is joe of the realm example.com.
        var at = user.LastIndexOf('@');
        var (login, its) = at > 0 ? (user[..at], user[(at + 1)..]) : (user, realm);
        foreach (var text in new[] { login, password, service, its })
        {
            var octets = Encoding.UTF8.GetBytes(text);
            if (octets.Length > ushort.MaxValue)
            {
                throw new IOException("saslauthd: a name or password over 64 KB");
            }

            request.Add((byte)(octets.Length >> 8));
            request.Add((byte)octets.Length);
            request.AddRange(octets);
        }

        return [.. request];
    }

    private async ValueTask<bool> AskAsync(byte[] request, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellationToken);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(request, cancellationToken);
        var length = new byte[2];
        await stream.ReadExactlyAsync(length, cancellationToken);
        var answer = new byte[Math.Min(BinaryPrimitives.ReadUInt16BigEndian(length), (ushort)1024)];
        await stream.ReadExactlyAsync(answer, cancellationToken);
        var text = Encoding.UTF8.GetString(answer);
        return text.StartsWith("OK", StringComparison.Ordinal)
            || (text.StartsWith("NO", StringComparison.Ordinal) ? false : throw new IOException("saslauthd: malformed answer"));
    }
}
