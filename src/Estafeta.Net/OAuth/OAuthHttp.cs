using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace Estafeta.Net.OAuth;

/// <summary>
/// Forms sent to an authorization server and the JSON it answers (RFC 6749 §5, RFC 7662, RFC 8628). HTTPS only, but for loopback; no
/// redirects; one megabyte and half a minute at most. Nothing that was sent or received appears in an error.
/// </summary>
public sealed class OAuthHttp : IDisposable
{
    private const int MaximumOctets = 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _client;

    /// <param name="proxy">A proxy's URL; null to go there directly.</param>
    /// <param name="authorityFile">PEM certificates to trust in place of the system's; empty for the system's.</param>
    public OAuthHttp(string? proxy = null, string authorityFile = "")
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = proxy != null,
            Proxy = proxy == null ? null : new WebProxy(proxy),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        if (authorityFile.Length > 0)
        {
            handler.SslOptions.CertificateChainPolicy = Trusting(authorityFile);
        }

        _client = new HttpClient(handler) { Timeout = Patience, MaxResponseContentBufferSize = MaximumOctets };
    }

    /// <summary>Whether secrets may be sent there: https, or http to this machine.</summary>
    public static bool IsAcceptable(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));

    /// <summary>Posts a form. The status is the server's; an error answer is JSON too (RFC 6749 §5.2).</summary>
    /// <param name="login">Client name and secret for basic authentication; null for none.</param>
    /// <exception cref="IOException">No answer, or none in JSON.</exception>
    public async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(
        string url, IEnumerable<KeyValuePair<string, string>> form, (string Name, string Secret)? login, CancellationToken cancellationToken)
    {
        if (!IsAcceptable(url))
        {
            throw new IOException($"{url}: not an https URL");
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new FormUrlEncodedContent(form) };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (login is { } known)
        {
            // RFC 6749 §2.3.1: both are form-encoded first.
            var pair = $"{Uri.EscapeDataString(known.Name)}:{Uri.EscapeDataString(known.Secret)}";
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
        }

        try
        {
            using var response = await _client.SendAsync(request, cancellationToken);
            using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
            return (response.StatusCode, document.RootElement.Clone());
        }
        catch (JsonException)
        {
            throw new IOException($"{url}: the answer is not JSON");
        }
        catch (HttpRequestException e)
        {
            throw new IOException($"{url}: {e.Message}", e);
        }
        catch (TaskCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"{url}: no answer in {Patience.TotalSeconds} s", e);
        }
    }

    public void Dispose() => _client.Dispose();

    private static X509ChainPolicy Trusting(string authorityFile)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(authorityFile);
        return policy;
    }
}
