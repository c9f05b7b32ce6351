using System.Buffers;
using System.Text.Json;
using Estafeta.Commands.CommandLine;
using Estafeta.Tables.Files;
using Estafeta.Tables.Text;

namespace Estafeta.Commands.Postmap;

/// <summary>Writes entries to standard output: <c>key TAB value</c> lines, or with <c>-j</c> one JSON object a line.</summary>
internal sealed class EntryOutput(TableCommandOptions options, string separator, Stream output) : IDisposable
{
    private const int FlushSize = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _buffer = new(FlushSize * 2);

    /// <summary>The value alone, as the answer to one key.</summary>
    public void WriteValue(string table, string key, string value)
    {
        if (options.WritesJson)
        {
            WriteEntry(table, key, value);
            return;
        }

        WriteOctets(ValueOctets(table, key, value));
        EndLine();
    }

    public void WriteEntry(string table, string key, string value)
    {
        if (options.WritesJson)
        {
            WriteJson(key, RawText.Decode(ValueOctets(table, key, value)));
        }
        else
        {
            WriteText(key);
            WriteText(separator);
            if (options.ValueIsFile)
            {
                WriteOctets(ValueOctets(table, key, value));
            }
            else
            {
                WriteText(value);
            }
        }

        EndLine();
    }

    public void Dispose() => Flush();

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

    private void WriteJson(string key, string value)
    {
        using var json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartObject();
        json.WriteString(key, value);
        json.WriteEndObject();
    }

    private void WriteText(string text)
    {
        var span = _buffer.GetSpan(RawText.MaximumLength(text));
        _buffer.Advance(RawText.Encode(text, span));
    }

    private void WriteOctets(ReadOnlySpan<byte> octets) => _buffer.Write(octets);

    private void EndLine()
    {
        _buffer.Write("\n"u8);
        if (_buffer.WrittenCount >= FlushSize)
        {
            Flush();
        }
    }

    private void Flush()
    {
        output.Write(_buffer.WrittenSpan);
        output.Flush();
        _buffer.ResetWrittenCount();
    }
}
