using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Estafeta.Interop.Tables;

namespace Estafeta.Interop.Tls;

/// <summary>
/// openssl s_client or s_server: it does the TLS, and the test says the SMTP through its standard input and reads in its output what the other side said,
/// among what OpenSSL tells of the session.
/// </summary>
internal sealed class OpenSslProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly SemaphoreSlim _more = new(0);
    private readonly Task[] _reading;
    private int _position;

    private OpenSslProcess(Process process)
    {
        _process = process;
        _reading = [ReadAsync(process.StandardOutput), ReadAsync(process.StandardError)];
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>All it has printed.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public static OpenSslProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(ServerProcess.Require("/usr/bin/openssl"), arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        return new OpenSslProcess(Process.Start(start)!);
    }

    /// <summary>s_server on a port of its choice.</summary>
    public static async Task<(OpenSslProcess Server, int Port)> ListenAsync(params string[] options)
    {
        var server = Start(["s_server", "-accept", "127.0.0.1:0", "-crlf", .. options]);
        await server.ExpectAsync("ACCEPT 127.0.0.1:");
        var line = await server.ExpectAsync("\n");
        return (server, int.Parse(line, null));
    }

    /// <summary>Waits until it has printed the text, behind what was expected before.</summary>
    /// <returns>What came up to it, and it.</returns>
    public async Task<string> ExpectAsync(string text)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(Patience);
        while (true)
        {
            var output = Output;
            if (output.IndexOf(text, _position, StringComparison.Ordinal) is >= 0 and var found)
            {
                var end = found + text.Length;
                var passage = output[_position..end];
                _position = end;
                return passage;
            }

            try
            {
                await _more.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException) when (!Token.IsCancellationRequested)
            {
                Assert.Fail($"openssl never printed \"{text}\" behind {output[.._position].Length} characters of\n{output}");
            }
        }
    }

    public async Task SayAsync(string line)
    {
        await _process.StandardInput.WriteAsync(line + "\n");
        await _process.StandardInput.FlushAsync(Token);
    }

    /// <summary>Until it ends by itself.</summary>
    public async Task WaitForEndAsync()
    {
        await _process.WaitForExitAsync(Token);
        await Task.WhenAll(_reading);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await Task.WhenAll(_reading);
        _process.Dispose();
        _more.Dispose();
    }

    /// <summary>A self-signed certificate that is its own authority.</summary>
    /// <returns>A file with the key and the certificate.</returns>
    public static string Certificate(string directory, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(10));
        var file = Path.Combine(directory, name + ".pem");
        File.WriteAllText(file, key.ExportPkcs8PrivateKeyPem() + "\n" + certificate.ExportCertificatePem() + "\n");
        File.SetUnixFileMode(file, (UnixFileMode)0x1A4);
        return file;
    }

    private async Task ReadAsync(StreamReader reader)
    {
        var buffer = new char[4096];
        int length;
        while ((length = await reader.ReadAsync(buffer, CancellationToken.None)) > 0)
        {
            lock (_output)
            {
                _output.Append(buffer, 0, length);
            }

            _more.Release();
        }
    }
}
