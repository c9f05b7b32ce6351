using System.Buffers;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Mail.Headers;
using Estafeta.Services.Submission;

namespace Estafeta.Commands.Sendmail;

/// <summary>
/// Copies a message from standard input: CRLF becomes LF as sendmail_fix_line_endings says (all CRs before the LF go), a line with only a
/// dot ends it, mailbox separators <c>From </c>, <c>&gt;From </c> at its start go, and with -t the recipients are collected from its headers.
/// </summary>
internal sealed class MessageCopy
{
    private const int MaximumLineStart = 16;
    private readonly bool _ignoresDots;
    private readonly bool _removesIfFirst;
    private readonly RecipientExtraction? _extraction;
    private readonly SubmissionWriter _writer;
    private readonly ArrayBufferWriter<byte> _lineStart = new(MaximumLineStart);
    private readonly ArrayBufferWriter<byte> _output = new(SubmissionRecord.MaximumContentOctets);
    private bool _isFirstLine = true;
    private bool _skipsSeparators = true;
    private bool _removesCr;
    private bool _inLine;
    private bool _skipsLine;
    private int _heldCrs;

    public MessageCopy(SendmailOptions options, ParameterSet parameters, SubmissionWriter writer)
    {
        _ignoresDots = options.IgnoreDots;
        _writer = writer;
        _extraction = options.ExtractRecipients
            ? new RecipientExtraction(parameters.Get(Parameters.HeaderSizeLimit), parameters.Get(Parameters.HeaderAddressTokenLimit))
            : null;
        var fix = parameters.Get(Parameters.SendmailFixLineEndings).ToLowerInvariant();
        (_removesCr, _removesIfFirst) = fix switch
        {
            "always" => (true, false),
            "strict" => (false, true),
            "never" => (false, false),
            _ => throw new ConfigurationException($"bad {Parameters.SendmailFixLineEndings.Name} value: \"{fix}\""),
        };
    }

    /// <summary>The dot was seen; the rest of the input is not of this message.</summary>
    public bool IsEnded { get; private set; }

    public List<string> Recipients => _extraction?.Recipients ?? [];

    public void Add(ReadOnlyMemory<byte> input)
    {
        var rest = input.Span;
        while (rest.Length > 0 && !IsEnded)
        {
            var lineEnd = rest.IndexOf((byte)'\n');
            var part = lineEnd < 0 ? rest : rest[..lineEnd];
            AddPart(part, lineEnd >= 0);
            rest = lineEnd < 0 ? [] : rest[(lineEnd + 1)..];
        }

        Emit();
    }

    public void Finish()
    {
        if (!IsEnded && (_lineStart.WrittenCount > 0 || _inLine || _heldCrs > 0))
        {
            AddPart([], true);
        }

        Emit();
        _extraction?.Finish();
    }

    /// <summary>A piece of a line, without its LF. The start of each line is held back until it tells what the line is.</summary>
    private void AddPart(ReadOnlySpan<byte> part, bool endsLine)
    {
        if (!_inLine)
        {
            var wanted = Math.Min(MaximumLineStart - _lineStart.WrittenCount, part.Length);
            _lineStart.Write(part[..wanted]);
            part = part[wanted..];
            if (!endsLine && _lineStart.WrittenCount < MaximumLineStart)
            {
                return;
            }

            BeginLine(_lineStart.WrittenSpan, endsLine && part.IsEmpty);
            _lineStart.ResetWrittenCount();
        }

        if (!IsEnded)
        {
            Write(part, endsLine);
        }
    }

    private void BeginLine(ReadOnlySpan<byte> start, bool isWhole)
    {
        _skipsLine = _skipsSeparators &= start.TrimStart((byte)'>').StartsWith("From "u8);
        if (isWhole && !_ignoresDots && IsDot(start))
        {
            IsEnded = true;
            return;
        }

        _inLine = true;
        Write(start, false);
    }

    private bool IsDot(ReadOnlySpan<byte> line) =>
        line is [(byte)'.', .. var rest] && (rest.IsEmpty || (!rest.ContainsAnyExcept((byte)'\r') && (_removesCr || (_isFirstLine && _removesIfFirst))));

    private void Write(ReadOnlySpan<byte> part, bool endsLine)
    {
        // CRs at the end of the piece may belong to the line end.
        var text = part.TrimEnd((byte)'\r');
        if (!text.IsEmpty && !_skipsLine)
        {
            WriteHeldCrs();
            _output.Write(text);
        }

        _heldCrs = (text.IsEmpty ? _heldCrs : 0) + part.Length - text.Length;

        if (endsLine)
        {
            EndLine();
        }
    }

    private void EndLine()
    {
        _removesCr |= _isFirstLine && _removesIfFirst && _heldCrs > 0;
        if (!_skipsLine)
        {
            if (!_removesCr)
            {
                WriteHeldCrs();
            }

            _output.Write("\n"u8);
        }

        (_isFirstLine, _inLine, _skipsLine, _heldCrs) = (false, false, false, 0);
    }

    private void WriteHeldCrs()
    {
        for (; _heldCrs > 0; _heldCrs--)
        {
            _output.Write("\r"u8);
        }
    }

    private void Emit()
    {
        if (_output.WrittenCount > 0)
        {
            _writer.WriteContent(_output.WrittenSpan);
            _extraction?.Add(_output.WrittenMemory);
            _output.ResetWrittenCount();
        }
    }
}
