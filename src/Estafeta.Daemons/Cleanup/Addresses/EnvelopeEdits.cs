using System.Text;
using Estafeta.Services.Cleaning;
using Estafeta.Services.ContentChecks;

namespace Estafeta.Daemons.Cleanup;

/// <summary>What access tables, header and body checks and milters decided about a message as a whole.</summary>
internal sealed class EnvelopeEdits
{
    private readonly List<KeyValuePair<string, string>> _attributes = [];
    private readonly List<string> _copies = [];
    private readonly StringBuilder _prepended = new();

    public bool Hold { get; private set; }

    public bool Discard { get; private set; }

    /// <summary>What smtpd found out about where the message comes from.</summary>
    public AuthenticationNote? Authentication { get; private set; }

    /// <summary>The receiving service counted more than message_size_limit; cleanup has seen a part.</summary>
    public bool IsTooBig { get; private set; }

    public string? ContentFilter { get; private set; }

    public string? Redirect { get; private set; }

    public IReadOnlyList<string> Copies => _copies;

    public IReadOnlyList<KeyValuePair<string, string>> Attributes => _attributes;

    /// <summary>Header lines to go before all others, with their line ends.</summary>
    public byte[] TakePrepended()
    {
        var lines = Encoding.UTF8.GetBytes(_prepended.ToString());
        _prepended.Clear();
        return lines;
    }

    /// <summary>Does what a content table says about the message as a whole; actions about the line are the caller's.</summary>
    public void Add(ContentAction action)
    {
        EnvelopeEditKind? kind = action.Kind switch
        {
            ContentActionKind.Hold => EnvelopeEditKind.Hold,
            ContentActionKind.Discard => EnvelopeEditKind.Discard,
            ContentActionKind.Filter => EnvelopeEditKind.Filter,
            ContentActionKind.Redirect => EnvelopeEditKind.Redirect,
            ContentActionKind.Bcc => EnvelopeEditKind.Bcc,
            _ => null,
        };
        if (kind != null)
        {
            Add(new EnvelopeEdit(kind.Value, action.Text));
        }
    }

    public void Add(EnvelopeEdit edit)
    {
        switch (edit.Kind)
        {
            case EnvelopeEditKind.Hold:
                Hold = true;
                break;
            case EnvelopeEditKind.Discard:
                Discard = true;
                break;
            case EnvelopeEditKind.Filter:
                ContentFilter = edit.Value;
                break;
            case EnvelopeEditKind.Redirect:
                Redirect = edit.Value;
                break;
            case EnvelopeEditKind.Bcc:
                _copies.Add(edit.Value);
                break;
            case EnvelopeEditKind.PrependHeader:
                _prepended.Append(edit.Value).Append('\n');
                break;
            case EnvelopeEditKind.Attribute:
                var equals = edit.Value.IndexOf('=');
                _attributes.Add(new(edit.Value[..Math.Max(equals, 0)], edit.Value[(equals + 1)..]));
                break;
            case EnvelopeEditKind.Authenticated:
                Authentication = AuthenticationNote.Parse(edit.Value);
                break;
            case EnvelopeEditKind.TooBig:
                IsTooBig = true;
                break;
            case EnvelopeEditKind.Delay:
                break;
        }
    }
}
