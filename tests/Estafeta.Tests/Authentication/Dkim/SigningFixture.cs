using System.Security.Cryptography;
using System.Text;
using Estafeta.Authentication;
using Estafeta.Authentication.Dkim;
using Estafeta.Net.Signatures;

namespace Estafeta.Tests.Authentication.Dkim;

/// <summary>A key of example.com, selector s, and a zone that publishes it; signs and checks whole messages.</summary>
internal sealed class SigningFixture : IDisposable
{
    // RFC 8463 appendix A.1: nobody's secret.
    private const string Seed = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";

    public SigningFixture(int rsaBits = 0, string recordTags = "")
    {
        if (rsaBits == 0)
        {
            byte[] der = [.. Convert.FromHexString("302e020100300506032b657004220420"), .. Convert.FromBase64String(Seed)];
            Key = SignatureKey.ReadPrivate(Convert.ToBase64String(der))!;
        }
        else
        {
            using var rsa = RSA.Create(rsaBits);
            Key = SignatureKey.ReadPrivate(rsa.ExportPkcs8PrivateKeyPem())!;
        }

        Signer = new DkimSigner("example.com", "s", Key);
        Publish($"v=DKIM1; k={(Key.IsRsa ? "rsa" : "ed25519")}; {recordTags}p={Convert.ToBase64String(Key.ExportPublic())}");
    }

    public static DkimSignatureForm Form { get; } = new() { Signed = ["From", "To", "Subject", "Date"], Oversigned = ["From"] };

    public SignatureKey Key { get; }

    public DkimSigner Signer { get; }

    public Zone Zone { get; private set; } = new();

    public ManualTime Time { get; } = new();

    public void Dispose() => Key.Dispose();

    public void Publish(string record) => Zone = new Zone($"s._domainkey.example.com TXT {record}");

    /// <summary>The message with its signature on top.</summary>
    public string Sign(string message, DkimSignatureForm? form = null, long? bodyOctets = null)
    {
        form ??= Form;
        var (headers, body) = Split(message);
        using var hash = new BodyHash(form.IsBodyRelaxed, bodyOctets);
        hash.Write(body);
        return Signer.Sign(headers, hash.Finish(), form, Time.GetUtcNow()) + message;
    }

    public Task<IReadOnlyList<DkimResult>> VerifyAsync(string message, bool allowsPartialBody = false) => VerifyAsync(Encoding.UTF8.GetBytes(message), Zone, Time, [], allowsPartialBody);

    /// <param name="message">LF line ends.</param>
    /// <param name="zone">The keys.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cuts">Where it is cut into pieces.</param>
    /// <param name="allowsPartialBody">l= may pass.</param>
    public static async Task<IReadOnlyList<DkimResult>> VerifyAsync(byte[] message, Zone zone, TimeProvider time, int[] cuts, bool allowsPartialBody = false)
    {
        var verifier = new DkimVerifier(zone.Lookup, time) { AllowsPartialBody = allowsPartialBody };
        var collector = new HeaderCollector();
        DkimVerification? verification = null;
        var start = 0;
        foreach (var end in (int[])[.. cuts, message.Length])
        {
            ReadOnlyMemory<byte> piece = message.AsMemory(start, end - start);
            start = end;
            if (verification == null && collector.Read(ref piece, end == message.Length) is { } headers)
            {
                verification = verifier.Begin(headers, CancellationToken.None);
            }

            verification?.WriteBody(piece.Span);
        }

        using (verification)
        {
            return await verification!.FinishAsync();
        }
    }

    public static (MessageHeaders Headers, byte[] Body) Split(string message)
    {
        ReadOnlyMemory<byte> content = Encoding.UTF8.GetBytes(message);
        var headers = new HeaderCollector().Read(ref content, true)!;
        return (headers, content.ToArray());
    }
}
