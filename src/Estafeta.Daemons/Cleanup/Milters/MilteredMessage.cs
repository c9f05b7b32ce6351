using System.Text;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Mail.Headers;
using Estafeta.Net.Milter;
using Estafeta.Queue.Storage;
using Estafeta.Tables.Text;

namespace Estafeta.Daemons.Cleanup;

/// <summary>
/// The message as milters see and edit it: our own Received header is hidden, and counts as header 0 where one is inserted. Edits
/// are visible at once to the next milter; <see cref="ApplyAsync"/> makes them the message's.
/// </summary>
internal sealed class MilteredMessage : IMilterEdits
{
    private readonly ContentWriter _content;
    private readonly List<EnvelopeRecipient> _recipients;
    private readonly List<byte[]> _headers = [];
    private readonly bool _endsInEmptyLine;

    // The Received header made here; milters do not see it.
    private readonly byte[]? _own;
    private readonly List<byte[]> _newBody = [];
    private readonly List<byte[]> _made = [];
    private bool _replacesBody;
    private bool _changesHead;
    private byte _lastBodyOctet;

    public MilteredMessage(ContentWriter content, List<EnvelopeRecipient> recipients)
    {
        _content = content;
        _recipients = recipients;
        var scanner = new HeaderScanner(int.MaxValue);
        ReadOnlyMemory<byte> head = content.Head.WrittenMemory;
        while (scanner.Read(ref head, true, out var field) == HeaderScanResult.Header)
        {
            _headers.Add(field.Octets.ToArray());
        }

        _endsInEmptyLine = !scanner.EndedWithoutEmptyLine;
        _own = _headers.Count > 0 && Is(_headers[0], "Received") ? _headers[0] : null;
    }

    /// <summary>The sender a milter put in the place of the old one; null when none did.</summary>
    public string? NewSender { get; private set; }

    /// <summary>The headers milters have made since they were last taken; for milter_header_checks.</summary>
    public IReadOnlyList<byte[]> TakeMade()
    {
        var made = _made.ToArray();
        _made.Clear();
        return made;
    }

    /// <summary>Puts another header in the place of one that was made; null takes it out.</summary>
    public void Exchange(byte[] made, byte[]? header)
    {
        var at = _headers.IndexOf(made);
        if (at >= 0 && header == null)
        {
            _headers.RemoveAt(at);
        }
        else if (at >= 0)
        {
            _headers[at] = header!; // tested above
        }

        _changesHead = true;
    }

    /// <summary>Name and value of the headers a milter is shown; the value with the space after the colon, without its line end.</summary>
    public IEnumerable<(string Name, string Value)> Headers()
    {
        for (var i = 0; i < _headers.Count; i++)
        {
            if (_headers[i] == _own)
            {
                continue;
            }

            var text = RawText.Decode(_headers[i].AsSpan().TrimEnd((byte)'\n'));
            var colon = text.IndexOf(':');
            yield return (text[..colon].TrimEnd(), text[(colon + 1)..]);
        }
    }

    public void AddHeader(string name, string value) => Insert(_headers.Count, name, value);

    public void InsertHeader(int index, string name, string value) =>
        Insert(Math.Min(_own == null && index > 0 ? index - 1 : index, _headers.Count), name, value);

    public void ChangeHeader(int occurrence, string name, string value)
    {
        if (Find(occurrence, name) is >= 0 and var at)
        {
            _headers[at] = Make(name, value);
            _changesHead = true;
        }
        else
        {
            AddHeader(name, value);
        }
    }

    public void DeleteHeader(int occurrence, string name)
    {
        if (Find(occurrence, name) is >= 0 and var at)
        {
            _headers.RemoveAt(at);
            _changesHead = true;
        }
    }

    public void ChangeSender(string address, string arguments) => NewSender = Address(address) ?? "";

    public void AddRecipient(string address, string arguments)
    {
        if (Address(address) is not { } recipient)
        {
            return;
        }

        var added = new EnvelopeRecipient(recipient);
        foreach (var argument in arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (argument.StartsWith("NOTIFY=", StringComparison.OrdinalIgnoreCase) && RecipientDsn.TryReadNotify(argument[7..], out var notify, out _))
            {
                added = added with { Notify = notify };
            }
            else if (argument.StartsWith("ORCPT=", StringComparison.OrdinalIgnoreCase)
                && RecipientDsn.TryReadOriginalRecipient(argument.AsSpan(6), out var original))
            {
                added = added with { DsnOriginalRecipient = original };
            }
        }

        _recipients.Add(added);
    }

    public void DeleteRecipient(string address)
    {
        if (Address(address) is { } recipient)
        {
            _recipients.RemoveAll(r => r.Address.Equals(recipient, StringComparison.OrdinalIgnoreCase));
        }
    }

    public void ReplaceBody(ReadOnlySpan<byte> piece, bool isFirst)
    {
        if (isFirst)
        {
            _newBody.Clear();
            _replacesBody = true;
            _lastBodyOctet = 0;
        }

        _newBody.Add(WithoutCr(piece));
    }

    /// <summary>Puts headers and body as edited so far into the message, for the next milter and for the queue.</summary>
    public async ValueTask ApplyAsync(CancellationToken cancellationToken)
    {
        if (_changesHead)
        {
            _content.Head.ResetWrittenCount();
            foreach (var header in _headers)
            {
                Write(header);
            }

            if (_endsInEmptyLine)
            {
                Write("\n"u8);
            }

            _changesHead = false;
        }

        if (_replacesBody)
        {
            _content.ResetBody();
            foreach (var piece in _newBody)
            {
                await _content.WriteBodyAsync(piece, cancellationToken);
            }

            _newBody.Clear();
            _replacesBody = false;
        }
    }

    private void Write(ReadOnlySpan<byte> octets)
    {
        octets.CopyTo(_content.Head.GetSpan(octets.Length));
        _content.Head.Advance(octets.Length);
    }

    private int Find(int occurrence, string name) => _headers.FindIndex(h => h != _own && Is(h, name) && --occurrence == 0);

    private void Insert(int at, string name, string value)
    {
        _headers.Insert(at, Make(name, value));
        _changesHead = true;
    }

    private byte[] Make(string name, string value)
    {
        var header = RawText.Encode($"{name}:{value}\n");
        _made.Add(header);
        return header;
    }

    private static bool Is(byte[] header, string name) =>
        HeaderField.TryParse(header, out var field) && Ascii.EqualsIgnoreCase(field.Name, Encoding.ASCII.GetBytes(name));

    /// <summary>CRLF becomes LF, also where a piece ends between the two.</summary>
    private byte[] WithoutCr(ReadOnlySpan<byte> piece)
    {
        var result = new List<byte>(piece.Length + 1);
        foreach (var octet in piece)
        {
            if (_lastBodyOctet == (byte)'\r' && octet != (byte)'\n')
            {
                // A stray one is of no use to anybody.
                result.Add((byte)' ');
            }

            if (octet != (byte)'\r')
            {
                result.Add(octet);
            }

            _lastBodyOctet = octet;
        }

        return [.. result];
    }

    private static string? Address(string text)
    {
        var list = HeaderAddressList.Parse(text, 100);
        return list.Count == 1 ? list[0] : null;
    }
}
