using Estafeta.Mail.Headers;
using Estafeta.Tables.Text;

namespace Estafeta.Commands.Sendmail;

/// <summary>sendmail -t: the addresses of To, Cc and Bcc; those of their Resent- kin instead when the message has any Resent- header.</summary>
internal sealed class RecipientExtraction(int headerSizeLimit, int tokenLimit)
{
    private readonly HeaderScanner _scanner = new(headerSizeLimit);
    private readonly List<string> _original = [];
    private readonly List<string> _resent = [];
    private bool _isResent;
    private bool _inBody;

    public List<string> Recipients => _isResent ? _resent : _original;

    public void Add(ReadOnlyMemory<byte> content) => Read(content, false);

    public void Finish() => Read(default, true);

    private void Read(ReadOnlyMemory<byte> content, bool isLast)
    {
        while (!_inBody)
        {
            switch (_scanner.Read(ref content, isLast, out var field))
            {
                case HeaderScanResult.NeedsInput:
                    return;
                case HeaderScanResult.End:
                    _inBody = true;
                    break;
                case HeaderScanResult.Header:
                    Note(field);
                    break;
            }
        }
    }

    private void Note(HeaderField field)
    {
        var traits = field.Traits;
        _isResent |= traits.HasFlag(HeaderTraits.Resent);
        if (!traits.HasFlag(HeaderTraits.Extract))
        {
            return;
        }

        var list = HeaderAddressList.Parse(RawText.Decode(field.Value), tokenLimit);
        var recipients = traits.HasFlag(HeaderTraits.Resent) ? _resent : _original;
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i].Length > 0 && RawText.IsUtf8(list[i]))
            {
                recipients.Add(list[i]);
            }
        }
    }
}
