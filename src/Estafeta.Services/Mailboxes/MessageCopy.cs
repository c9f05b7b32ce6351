using System.Globalization;
using System.Text;
using Estafeta.Mail.Addresses;

namespace Estafeta.Services.Mailboxes;

public delegate void OctetSink(ReadOnlySpan<byte> octets);

/// <summary>
/// Writes a message out of the queue: prepended lines, then the content, with line ends and quoting as the receiver wants them.
/// Synchronous, because it runs under the recipient's identity, and in large pieces.
/// </summary>
public sealed class MessageCopy(CopyOptions options)
{
    private const int BufferOctets = 64 * 1024;

    /// <summary>Envelope sender as From_ and Return-Path show it, internal form.</summary>
    public required string Sender { get; init; }

    /// <summary>pipe's <c>null_sender=</c>: what Return-Path and the From_ line say for the null sender; empty is MAILER-DAEMON in the latter.</summary>
    public string NullSender { get; init; } = "";

    /// <summary>X-Original-To; no header when empty.</summary>
    public string OriginalRecipient { get; init; } = "";

    /// <summary>Delivered-To; no header when empty.</summary>
    public string DeliveredTo { get; init; } = "";

    public required DateTimeOffset Now { get; init; }

    public string LineEnd { get; init; } = "\n";

    /// <summary>Calls the sink with pieces of up to 64 KB.</summary>
    public void WriteTo(MessageSource message, OctetSink sink)
    {
        var writer = new Writer(sink, Encoding.UTF8.GetBytes(LineEnd), options);
        writer.Add(Encoding.UTF8.GetBytes(Prefix()), isContent: false);
        writer.Add(message.Head.Span, isContent: true);
        if (message.HasFile)
        {
            AddFile(message, writer);
        }
        else
        {
            writer.Add(message.Body.Span, isContent: true);
        }

        if (options.HasFlag(CopyOptions.BlankLine))
        {
            writer.Add("\n"u8, isContent: false);
        }

        writer.Flush();
    }

    private static void AddFile(MessageSource message, Writer writer)
    {
        // Pieces end with a line where one ends at all, so that quoting sees whole line starts.
        var buffer = new byte[BufferOctets];
        var kept = 0;
        for (long at = 0; ;)
        {
            var read = message.ReadFile(buffer.AsSpan(kept), at);
            at += read;
            var filled = kept + read;
            if (read == 0)
            {
                writer.Add(buffer.AsSpan(0, filled), isContent: true);
                return;
            }

            var end = buffer.AsSpan(0, filled).LastIndexOf((byte)'\n') + 1;
            end = end == 0 ? filled : end;
            writer.Add(buffer.AsSpan(0, end), isContent: true);
            buffer.AsSpan(end, filled - end).CopyTo(buffer);
            kept = filled - end;
        }
    }

    private string Prefix()
    {
        var text = new StringBuilder(256);
        var sender = Sender.Length == 0 ? NullSender : LocalPart.Quote(Sender);
        if (options.HasFlag(CopyOptions.FromLine))
        {
            // asctime(3).
            text.Append("From ").Append(sender.Length == 0 ? "MAILER-DAEMON" : sender).Append("  ")
                .Append(Now.ToString("ddd MMM ", CultureInfo.InvariantCulture)).Append(CultureInfo.InvariantCulture, $"{Now.Day,2}")
                .Append(Now.ToString(" HH:mm:ss yyyy", CultureInfo.InvariantCulture)).Append('\n');
        }

        if (options.HasFlag(CopyOptions.ReturnPath))
        {
            text.Append("Return-Path: <").Append(sender).Append(">\n");
        }

        if (options.HasFlag(CopyOptions.OriginalTo) && OriginalRecipient.Length > 0)
        {
            text.Append("X-Original-To: ").Append(LocalPart.Quote(OriginalRecipient)).Append('\n');
        }

        if (options.HasFlag(CopyOptions.DeliveredTo) && DeliveredTo.Length > 0)
        {
            text.Append("Delivered-To: ").Append(LocalPart.Quote(DeliveredTo)).Append('\n');
        }

        return text.ToString();
    }

    private sealed class Writer(OctetSink sink, byte[] lineEnd, CopyOptions options)
    {
        private readonly byte[] _buffer = new byte[BufferOctets];
        private readonly bool _isPlain = lineEnd.AsSpan().SequenceEqual("\n"u8) && (options & (CopyOptions.QuoteFrom | CopyOptions.QuoteDot)) == 0;
        private int _length;
        private bool _isLineStart = true;

        public void Add(ReadOnlySpan<byte> octets, bool isContent)
        {
            if (_isPlain)
            {
                Put(octets);
                return;
            }

            while (!octets.IsEmpty)
            {
                if (_isLineStart && isContent)
                {
                    Quote(octets);
                }

                var end = octets.IndexOf((byte)'\n');
                _isLineStart = end >= 0;
                if (end < 0)
                {
                    Put(octets);
                    return;
                }

                Put(octets[..end]);
                Put(lineEnd);
                octets = octets[(end + 1)..];
            }
        }

        public void Flush()
        {
            if (_length > 0)
            {
                sink(_buffer.AsSpan(0, _length));
                _length = 0;
            }
        }

        private void Quote(ReadOnlySpan<byte> line)
        {
            if (options.HasFlag(CopyOptions.QuoteDot) && line[0] == '.')
            {
                Put("."u8);
            }

            if (options.HasFlag(CopyOptions.QuoteFrom) && line.StartsWith("From "u8))
            {
                Put(">"u8);
            }
        }

        private void Put(ReadOnlySpan<byte> octets)
        {
            if (octets.Length > _buffer.Length - _length)
            {
                Flush();
                if (octets.Length > _buffer.Length)
                {
                    sink(octets);
                    return;
                }
            }

            octets.CopyTo(_buffer.AsSpan(_length));
            _length += octets.Length;
        }
    }
}
