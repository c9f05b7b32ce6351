using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Estafeta.Net.Https;
using Estafeta.Net.Tls;

namespace Estafeta.Net.OAuth;

/// <summary>
/// Forms sent to an authorization server and the JSON it answers (RFC 6749 §5, RFC 7662, RFC 8628). HTTPS only, but for loopback; no
/// redirects; one megabyte and half a minute at most. A server that throttles is left alone for as long as it says. Nothing that was sent or
/// received appears in an error.
/// </summary>
public sealed class OAuthHttp : IDisposable
{
    private const int MaximumOctets = 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // RFC 6585 §4: Retry-After is optional. Nobody makes mail wait for days.
    private static readonly TimeSpan UsualPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private readonly string _proxy;
    private readonly TimeProvider _time;
    private volatile Throttled? _throttled;

    // Made when it is needed; what cannot be made is tried again at the next use.
    private readonly Lazy<TlsContext> _trust;

    /// <param name="proxy">A proxy's URL; empty to go there directly.</param>
    /// <param name="authorityFile">PEM certificates to trust in place of the system's; empty for the system's.</param>
    /// <param name="time">Null: the system's.</param>
    public OAuthHttp(string proxy = "", string authorityFile = "", TimeProvider? time = null)
    {
        _proxy = proxy;
        _time = time ?? TimeProvider.System;
        _trust = new Lazy<TlsContext>(
            () => TlsContext.Create(HttpsClient.TrustOptions(authorityFile, "") with { UsesDefaultCas = authorityFile.Length == 0 }),
            LazyThreadSafetyMode.PublicationOnly);
    }

    /// <summary>Whether secrets may be sent there: https, or http to this machine.</summary>
    public static bool IsAcceptable(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));

    /// <summary>Posts a form. The status is the server's; an error answer is JSON too (RFC 6749 §5.2).</summary>
    /// <param name="login">Client name and secret for basic authentication; null for none.</param>
    /// <exception cref="ThrottledException">The server has had too many requests, now or a while ago (RFC 6585 §4), or is out of service (503).</exception>
    /// <exception cref="IOException">No answer, or none in JSON.</exception>
    public async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(
        string url, IEnumerable<KeyValuePair<string, string>> form, (string Name, string Secret)? login, CancellationToken cancellationToken)
    {
        if (!IsAcceptable(url))
        {
            throw new IOException($"{url}: not an https URL");
        }

        if (_throttled is { } throttled && _time.GetElapsedTime(throttled.Since) is var passed && passed < throttled.Pause)
        {
            throw new ThrottledException($"{url} answered {throttled.Status}, and is not asked again yet", throttled.Pause - passed);
        }

        var headers = "Accept: application/json\r\n" + (login is { } known ? Authorization(known.Name, known.Secret) : "");
        try
        {
            var client = new HttpsClient(null, _trust.Value, _time) { Proxy = _proxy.Length > 0 ? HttpProxy.Parse(_proxy) : null };
            var answer = await client.PostAsync(
                new Uri(url), "application/x-www-form-urlencoded", Encode(form), Patience, cancellationToken, headers, MaximumOctets);
            if (answer.Status is (int)HttpStatusCode.TooManyRequests or (int)HttpStatusCode.ServiceUnavailable)
            {
                var asked = answer.Pause(_time.GetUtcNow()) ?? UsualPause;
                var pause = asked < LongestPause ? asked : LongestPause;
                _throttled = new Throttled(answer.Status, _time.GetTimestamp(), pause);
                throw new ThrottledException(string.Create(CultureInfo.InvariantCulture, $"{url} answered {answer.Status}: not before {Math.Ceiling(pause.TotalSeconds)}s"), pause);
            }

            using var document = JsonDocument.Parse(answer.Content);
            return ((HttpStatusCode)answer.Status, document.RootElement.Clone());
        }
        catch (JsonException)
        {
            throw new IOException($"{url}: the answer is not JSON");
        }
        catch (IOException e) when (e is not ThrottledException)
        {
            throw new IOException($"{url}: {e.Message}", e);
        }
    }

    public void Dispose()
    {
        if (_trust.IsValueCreated)
        {
            _trust.Value.Dispose();
        }
    }

    // RFC 6749 §2.3.1: both are form-encoded first.
    private static string Authorization(string name, string secret) =>
        $"Authorization: Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes($"{Encode(name)}:{Encode(secret)}"))}\r\n";

    private static byte[] Encode(IEnumerable<KeyValuePair<string, string>> form) =>
        Encoding.ASCII.GetBytes(string.Join('&', form.Select(static field => $"{Encode(field.Key)}={Encode(field.Value)}")));

    private static string Encode(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);

    private sealed record Throttled(int Status, long Since, TimeSpan Pause);
}
