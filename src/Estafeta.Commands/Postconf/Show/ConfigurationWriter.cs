using System.Buffers;
using Estafeta.Tables.Text;

namespace Estafeta.Commands.Postconf.Show;

/// <summary>
/// postconf's output: <c>name = value</c> lines with single blanks between words, folded at 80 columns with <c>-f</c>, without names (<c>-h</c>) or values
/// (<c>-H</c>), or JSON, one object a line (<c>-j</c>).
/// </summary>
internal sealed class ConfigurationWriter(Stream output, PostconfOptions options) : IDisposable
{
    public const int LineLimit = 80;
    public const string Indent = "    ";

    private const int FlushSize = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private int _column;

    public bool Folds { get; } = options.Has(PostconfOption.Fold);

    public bool Expands { get; } = options.Has(PostconfOption.Expand);

    public bool WritesJson { get; } = options.Has(PostconfOption.Json);

    public bool HidesNames { get; } = options.Has(PostconfOption.HideNames);

    public bool HidesValues { get; } = options.Has(PostconfOption.HideValues);

    /// <summary>The column behind what is on the line.</summary>
    public int Column => _column;

    /// <summary>One setting in the form the options ask for.</summary>
    public void Setting(string name, string value)
    {
        if (WritesJson)
        {
            JsonLine(name, value);
            return;
        }

        if (!HidesNames)
        {
            Write(HidesValues ? name : name + " =");
        }

        if (!HidesValues)
        {
            Words(value);
        }

        EndLine();
    }

    public void JsonLine(string name, string value)
    {
        Write(CommandLine.JsonLine.Of(name, value));
        EndLine();
    }

    /// <summary>A word behind a blank; on a line of its own when it does not fit and folding is on.</summary>
    public void Word(string word)
    {
        if (Folds && _column > Indent.Length && _column + 1 + Length(word) > LineLimit)
        {
            NewLine();
        }
        else if (_column > 0)
        {
            Write(" ");
        }

        Write(word);
    }

    /// <summary>Ends the line and indents the next.</summary>
    public void NewLine()
    {
        EndLine();
        Write(Indent);
    }

    public void Write(string text)
    {
        var span = _buffer.GetSpan(RawText.MaximumLength(text));
        var length = RawText.Encode(text, span);
        _buffer.Advance(length);
        _column += length;
    }

    public void EndLine()
    {
        _buffer.Write("\n"u8);
        _column = 0;
        if (_buffer.WrittenCount >= FlushSize)
        {
            Flush();
        }
    }

    public int Lines(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            Write(line);
            EndLine();
        }

        return 0;
    }

    public void Flush()
    {
        output.Write(_buffer.WrittenSpan);
        output.Flush();
        _buffer.ResetWrittenCount();
    }

    public void Discard() => _buffer.ResetWrittenCount();

    public void Dispose() => Flush();

    private static int Length(string word) => System.Text.Ascii.IsValid(word) ? word.Length : RawText.Encode(word).Length;

    private void Words(string value)
    {
        foreach (var word in value.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            Word(word);
        }
    }
}
