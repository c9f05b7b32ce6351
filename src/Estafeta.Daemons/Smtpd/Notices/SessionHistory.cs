using System.Buffers.Binary;
using System.Text;

namespace Estafeta.Daemons.Smtpd.Notices;

/// <summary>
/// What was said in a session since its begin or the last flush, and what went wrong, for the notice to the postmaster. Of a long session the
/// last lines: a client that says BDAT 1 for ever must not cost memory. They are kept as octets in one array: a string for each line would be
/// twice as large, and every one an object that the collector follows for as long as the session lasts.
/// </summary>
internal sealed class SessionHistory
{
    private const int MaxOctets = 32 * 1024;
    private const int FirstOctets = 512;

    // A line: whether it is a reply, the length of its text, its text in UTF-8.
    private const int PrefixOctets = 1 + sizeof(int);

    private byte[] _said = [];
    private int _length;
    private int _dropped;

    public SessionErrors Errors { get; private set; }

    /// <summary>Lines that are kept.</summary>
    public int Count { get; private set; }

    public void AddCommand(string line) => Add(false, WithoutSecrets(line));

    public void AddReply(string line) => Add(true, line);

    public void Note(SessionErrors errors) => Errors |= errors;

    /// <summary>A message was accepted: what went wrong before did not matter.</summary>
    public void Forgive() => Errors = SessionErrors.None;

    public void Clear()
    {
        (_length, Count, _dropped) = (0, 0, 0);
        Errors = SessionErrors.None;
    }

    /// <summary>The lines as the notice has them.</summary>
    public IEnumerable<string> Lines()
    {
        if (_dropped > 0)
        {
            yield return $"({_dropped} earlier lines were not kept)";
        }

        for (var at = 0; at < _length; at += OctetsAt(at))
        {
            yield return (_said[at] != 0 ? "Out: " : "In:  ") + Encoding.UTF8.GetString(_said, at + PrefixOctets, OctetsAt(at) - PrefixOctets);
        }
    }

    private void Add(bool isReply, ReadOnlySpan<char> text)
    {
        MakeRoom(PrefixOctets + Encoding.UTF8.GetMaxByteCount(text.Length));
        var octets = Encoding.UTF8.GetBytes(text, _said.AsSpan(_length + PrefixOctets));
        _said[_length] = isReply ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32LittleEndian(_said.AsSpan(_length + 1), octets);
        _length += PrefixOctets + octets;
        Count++;
    }

    private void MakeRoom(int octets)
    {
        if (_length + octets > MaxOctets)
        {
            DropOldest();
        }

        if (_said.Length - _length < octets)
        {
            Array.Resize(ref _said, Math.Max(Math.Max(FirstOctets, _said.Length * 2), _length + octets));
        }
    }

    // Half of them, so that a line costs no more in a long session than in a short one.
    private void DropOldest()
    {
        var at = 0;
        while (at < _length / 2)
        {
            at += OctetsAt(at);
            Count--;
            _dropped++;
        }

        _said.AsSpan(at, _length - at).CopyTo(_said);
        _length -= at;
    }

    private int OctetsAt(int at) => PrefixOctets + BinaryPrimitives.ReadInt32LittleEndian(_said.AsSpan(at + 1));

    // Postfix mails the password of AUTH PLAIN and of AUTH with an initial response; we do not.
    private static string WithoutSecrets(string line)
    {
        if (!line.StartsWith("AUTH ", StringComparison.OrdinalIgnoreCase))
        {
            return line;
        }

        var second = line.IndexOf(' ', 5);
        return second < 0 ? line : line[..second] + " (hidden)";
    }
}
