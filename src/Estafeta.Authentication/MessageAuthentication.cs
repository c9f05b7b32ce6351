using System.Net;
using Estafeta.Authentication.Arc;
using Estafeta.Authentication.Dkim;
using Estafeta.Authentication.Dmarc;
using Estafeta.Authentication.Spf;

namespace Estafeta.Authentication;

/// <summary>
/// One message under way. Its content goes by in pieces of any size, LF line ends; when the headers are complete all keys and policies are asked for, at
/// once, and the body is hashed as it comes. Nothing of it is kept but the headers.
/// </summary>
public sealed class MessageAuthentication : IAsyncDisposable
{
    private readonly MessageAuthenticator _authenticator;
    private readonly CancellationTokenSource _stopping = new();
    private readonly HeaderCollector _collector = new();
    private readonly string _sender;
    private readonly Task<SpfOutcome>? _spf;
    private DkimVerification? _dkim;
    private ArcVerification? _arc;
    private DmarcCheck? _dmarc;
    private bool _hasHeaders;

    internal MessageAuthentication(MessageAuthenticator authenticator, IPAddress? client, string sender, string helo)
    {
        _authenticator = authenticator;
        _sender = sender;
        _spf = client == null ? null : authenticator.Spf?.CheckAsync(client, sender, helo, _stopping.Token);
    }

    public void Write(ReadOnlyMemory<byte> content)
    {
        if (!_hasHeaders)
        {
            ReadHeaders(ref content, isLast: false);
        }

        if (_hasHeaders && !content.IsEmpty)
        {
            _dkim?.WriteBody(content.Span);
            _arc?.WriteBody(content.Span);
        }
    }

    /// <summary>After the content, once.</summary>
    public async ValueTask<AuthenticationReport> FinishAsync(CancellationToken cancellationToken)
    {
        if (!_hasHeaders)
        {
            ReadOnlyMemory<byte> rest = default;
            ReadHeaders(ref rest, isLast: true);
            Write(rest);
        }

        using var ending = cancellationToken.UnsafeRegister(static s => ((CancellationTokenSource)s!).Cancel(), _stopping);
        var spf = _spf == null ? null : await _spf;
        var dkim = _dkim == null ? null : await _dkim.FinishAsync();
        return new AuthenticationReport(_authenticator.Methods, _sender)
        {
            Spf = spf,
            Dkim = dkim,
            Dmarc = _dmarc == null ? null : await _dmarc.FinishAsync(spf, dkim ?? [], _stopping.Token),
            Arc = _arc == null ? null : await _arc.FinishAsync(),
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll([_spf ?? Task.CompletedTask, .. _dkim?.Lookups ?? [], .. _arc?.Lookups ?? [], .. _dmarc?.Lookups ?? []])
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _dkim?.Dispose();
        _arc?.Dispose();
        _stopping.Dispose();
    }

    private void ReadHeaders(ref ReadOnlyMemory<byte> content, bool isLast)
    {
        if (_collector.Read(ref content, isLast) is not { } headers)
        {
            return;
        }

        _hasHeaders = true;
        _dkim = _authenticator.Dkim?.Begin(headers, _stopping.Token);
        _arc = _authenticator.Methods.Arc ? ArcVerification.Begin(headers, _authenticator.Dns, _authenticator.Time, _stopping.Token) : null;
        _dmarc = _authenticator.Dmarc?.Begin(headers, _collector.IsTooLong, _stopping.Token);
    }
}
