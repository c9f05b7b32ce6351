using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Estafeta.TestSystem;

/// <summary>
/// Who was promised what: messages whose 250 was read, and what the sink received. Each message carries its number and its body's
/// digest in a header, so that lost, doubled and damaged ones can be told apart.
/// </summary>
public sealed class MessageLedger
{
    private const string Header = "X-Ledger: ";
    private const int MostUnderWay = 5000;
    private readonly ConcurrentDictionary<int, bool> _acknowledged = new();
    private readonly ConcurrentDictionary<int, int> _received = new();
    private readonly ConcurrentQueue<string> _damaged = new();
    private int _last;

    public int Acknowledged => _acknowledged.Count;

    /// <summary>So much was taken and has not come through yet that the disk would be what is tested.</summary>
    public bool IsFarAhead => _acknowledged.Count - _received.Count > MostUnderWay;

    public IReadOnlyCollection<string> Damaged => _damaged;

    public IReadOnlyList<int> Missing => [.. _acknowledged.Keys.Where(n => !_received.ContainsKey(n)).Order()];

    public int Duplicates => _received.Values.Sum(c => c - 1);

    /// <summary>Most are small, one in ten is so big that its body becomes a file of its own.</summary>
    public (int Number, string Text) NewMessage(Random random) =>
        NewMessage(random, random.Next(10) == 0 ? random.Next(300_000, 500_000) : random.Next(50, 8000));

    public (int Number, string Text) NewMessage(Random random, int length)
    {
        var number = Interlocked.Increment(ref _last);
        var body = new StringBuilder();
        while (body.Length < length)
        {
            body.Append(random.Next(20) == 0 ? "." : "").Append(CultureInfo.InvariantCulture, $"line {body.Length} {random.NextInt64()}\r\n");
        }

        var digest = Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(body.ToString())));
        return (number, $"Subject: {number}\r\n{Header}{number} {digest}\r\n\r\n{body}");
    }

    public void Promise(int number) => _acknowledged[number] = true;

    /// <summary>Content as the sink got it, dots removed, lines ending in CRLF.</summary>
    public void Receive(string content)
    {
        var at = content.IndexOf(Header, StringComparison.Ordinal);
        var end = at < 0 ? -1 : content.IndexOf("\r\n", at, StringComparison.Ordinal);
        var body = content.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0 || body < 0)
        {
            _damaged.Enqueue("no ledger header: " + content[..Math.Min(200, content.Length)]);
            return;
        }

        var fields = content[(at + Header.Length)..end].Split(' ');
        var number = int.Parse(fields[0], CultureInfo.InvariantCulture);
        if (Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(content[(body + 4)..]))) != fields[1])
        {
            _damaged.Enqueue($"message {number} has another body");
        }

        _received.AddOrUpdate(number, 1, static (_, count) => count + 1);
    }
}
