using System.Text;
using System.Text.Unicode;

namespace Estafeta.Services.Submission;

/// <summary>
/// The order of records, and what may be in them. postdrop, which runs with more rights than the user whose input it copies, lets
/// nothing else into the queue; pickup checks again. Addresses hold no NUL, CR or LF, and are UTF-8.
/// </summary>
public sealed class SubmissionGrammar
{
    private State _state = State.Attributes;

    private enum State
    {
        Attributes,
        Recipients,
        Content,
        Extracted,
        Ended,
    }

    public bool IsComplete => _state == State.Ended;

    /// <summary>False when the record must not stand here, or not hold this.</summary>
    public bool Accept(byte type, ReadOnlySpan<byte> octets)
    {
        if (_state == State.Ended)
        {
            return false;
        }

        switch (type)
        {
            case SubmissionRecord.Attribute:
                return _state == State.Attributes && IsText(octets) && IsKnownAttribute(octets);
            case SubmissionRecord.FullName:
                return _state == State.Attributes && IsText(octets);
            case SubmissionRecord.Sender:
                return Enter(State.Recipients, State.Attributes) && IsText(octets);
            case SubmissionRecord.Notify:
                return MayNameRecipient() && octets.Length is 1 or 2;
            case SubmissionRecord.Recipient:
                return MayNameRecipient() && IsText(octets);
            case SubmissionRecord.Content:
                return _state == State.Content || Enter(State.Content, State.Recipients);
            case SubmissionRecord.End:
                return octets.IsEmpty && _state != State.Attributes && Enter(State.Ended, _state);
            default:
                return false;
        }
    }

    private static bool IsText(ReadOnlySpan<byte> octets) =>
        octets.IndexOfAny((byte)0, (byte)'\r', (byte)'\n') < 0 && Utf8.IsValid(octets);

    private static bool IsKnownAttribute(ReadOnlySpan<byte> octets)
    {
        var equals = octets.IndexOf((byte)'=');
        return equals > 0 && SubmissionAttribute.IsKnown(Encoding.UTF8.GetString(octets[..equals]));
    }

    private bool MayNameRecipient() => _state is State.Recipients or State.Extracted || Enter(State.Extracted, State.Content);

    private bool Enter(State next, State from)
    {
        if (_state != from)
        {
            return false;
        }

        _state = next;
        return true;
    }
}
