using System.Net;
using System.Net.Sockets;

namespace Estafeta.Net.Dns;

/// <summary>
/// <c>native</c> in smtp_host_lookup, which is also all there is under disable_dns_lookups: hosts(5), then getaddrinfo(3) with everything
/// nsswitch.conf names. Thread-safe.
/// </summary>
/// <param name="hosts">Looked at first, without a system call for each question.</param>
/// <param name="ask">getaddrinfo; null: this machine's.</param>
public sealed class NativeNames(HostsFile hosts, Func<string, CancellationToken, Task<IPAddress[]>>? ask = null)
{
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _ask = ask ?? System.Net.Dns.GetHostAddressesAsync;

    public async ValueTask<NativeAnswer> FindAsync(string host, CancellationToken cancellationToken)
    {
        if (hosts.FindAddresses(host) is { Count: > 0 } known)
        {
            return new NativeAnswer(known, "", false);
        }

        try
        {
            return await _ask(host, cancellationToken) is { Length: > 0 } found
                ? new NativeAnswer(found, "", false)
                : new NativeAnswer([], "No address associated with hostname", false);
        }
        catch (SocketException e)
        {
            // What is not known to be permanent is tried again.
            return e.SocketErrorCode switch
            {
                SocketError.HostNotFound => new NativeAnswer([], "Name or service not known", false),
                SocketError.NoData => new NativeAnswer([], "No address associated with hostname", false),
                SocketError.TryAgain => new NativeAnswer([], "Temporary failure in name resolution", true),
                _ => new NativeAnswer([], e.Message, true),
            };
        }
        catch (ArgumentException)
        {
            // A name longer than any can be.
            return new NativeAnswer([], "Name or service not known", false);
        }
    }
}

/// <param name="Addresses">In the order of preference; empty when there are none.</param>
/// <param name="Reason">Why there are none, in the words of gai_strerror(3).</param>
/// <param name="IsTemporary">Asking again may help.</param>
public readonly record struct NativeAnswer(IReadOnlyList<IPAddress> Addresses, string Reason, bool IsTemporary);
