using System.Buffers;
using Estafeta.Commands.CommandLine;
using Estafeta.Tables.Files;
using Estafeta.Tables.Text;

namespace Estafeta.Commands.Postmap;

/// <summary>Entries as standard output shows them: <c>key TAB value</c> lines, or with <c>-j</c> one JSON object a line. Gathered until written.</summary>
internal sealed class EntryOutput(TableCommandOptions options, string separator)
{
    private const int FirstSize = 16 * 1024;

    private readonly ArrayBufferWriter<byte> _buffer = new(FirstSize);
    private readonly byte[] _separator = RawText.Encode(separator);

    public int Length => _buffer.WrittenCount;

    /// <summary>The value alone, as the answer to one key.</summary>
    public void AddValue(string table, string key, string value)
    {
        if (options.WritesJson)
        {
            AddEntry(table, key, value);
            return;
        }

        _buffer.Write(ValueOctets(table, key, value));
        _buffer.Write("\n"u8);
    }

    public void AddEntry(string table, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (options.WritesJson || options.ValueIsFile)
        {
            AddEntry(table, RawText.Decode(key), RawText.Decode(value));
            return;
        }

        var size = key.Length + _separator.Length + value.Length + 1;
        var line = _buffer.GetSpan(size)[..size];
        key.CopyTo(line);
        _separator.CopyTo(line[key.Length..]);
        value.CopyTo(line[(key.Length + _separator.Length)..]);
        line[^1] = (byte)'\n';
        _buffer.Advance(size);
    }

    public void AddEntry(string table, string key, string value)
    {
        if (options.WritesJson)
        {
            AddText(JsonLine.Of(key, RawText.Decode(ValueOctets(table, key, value))));
        }
        else if (options.ValueIsFile)
        {
            AddText(key);
            _buffer.Write(_separator);
            _buffer.Write(ValueOctets(table, key, value));
        }
        else
        {
            AddText(key);
            _buffer.Write(_separator);
            AddText(value);
        }

        _buffer.Write("\n"u8);
    }

    /// <summary>Writes what was gathered and forgets it.</summary>
    public void WriteTo(Stream output)
    {
        output.Write(_buffer.WrittenSpan);
        output.Flush();
        _buffer.ResetWrittenCount();
    }

    private byte[] ValueOctets(string table, string key, string value)
    {
        if (!options.ValueIsFile)
        {
            return RawText.Encode(value);
        }

        return FileContent.TryDecode(value, out var content)
            ? content
            : throw new CommandException($"table {table}: query error: key {key}: malformed BASE64 value: {value}");
    }

    private void AddText(string text)
    {
        var span = _buffer.GetSpan(RawText.MaximumLength(text));
        _buffer.Advance(RawText.Encode(text, span));
    }
}
