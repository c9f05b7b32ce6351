using System.Text;
using Estafeta.Commands.CommandLine;
using Estafeta.Commands.Postconf.Show;
using Estafeta.Configuration;
using Estafeta.Configuration.Files;
using Estafeta.Configuration.MasterCf;
using Estafeta.Services.Logging;
using Estafeta.Tables.Text;

namespace Estafeta.Commands.Postconf.Edit;

/// <summary>
/// Edits of master.cf. <c>-M</c> replaces, removes or comments out whole entries; <c>-F</c> and <c>-P</c> write the changed entry anew, folded.
/// What no request matches stays as it is.
/// </summary>
internal sealed class MasterEdit
{
    private readonly PostconfOptions _options;
    private readonly CommandLog _log;
    private readonly string _path;
    private readonly List<MasterRequest> _requests;

    public MasterEdit(PostconfOptions options, CommandLog log, string path)
    {
        _options = options;
        _log = log;
        _path = path;
        _requests = [.. options.Operands.Select(operand => new MasterRequest(operand, options, log))];
    }

    public string Apply(string text)
    {
        var result = new StringBuilder(text.Length + 256);
        var lines = PhysicalLines.Of(text).ToList();
        for (var i = 0; i < lines.Count;)
        {
            if (lines[i].Kind != LineKind.Start)
            {
                result.Append(lines[i++].Text);
                continue;
            }

            var end = i + 1;
            while (end < lines.Count && lines[end].Kind != LineKind.Start)
            {
                end++;
            }

            var matching = Matching(lines[i].Text, i + 1);
            if (matching.Count == 0)
            {
                lines[i..end].ForEach(line => result.Append(line.Text));
            }
            else if (_options.Mode == PostconfOption.MasterEntries)
            {
                Entry(lines[i..end], matching, result);
            }
            else
            {
                Changed(lines[i..end], i + 1, matching, result);
            }

            i = end;
        }

        Finish(result);
        return result.ToString();
    }

    private List<MasterRequest> Matching(string line, int number)
    {
        var name = PhysicalLines.FirstWord(line, endsAtEquals: false);
        var type = PhysicalLines.FirstWord(NameValue.TrimStart(line)[name.Length..], endsAtEquals: false);
        if (type.Length == 0)
        {
            throw new CommandException($"file {_path}: line {number}: specify service name and type on the same line");
        }

        return _requests.FindAll(request => request.Pattern.Matches(name, type));
    }

    // The first entry gives way to the new one; further ones that match go.
    private void Entry(List<(string Text, LineKind Kind)> lines, List<MasterRequest> requests, StringBuilder result)
    {
        var request = requests[^1];
        if (!request.Pattern.WasMatched && request.Replacement(_path) is { } replacement)
        {
            result.Append(Text(replacement));
        }

        requests.ForEach(r => r.Pattern.WasMatched = true);
        foreach (var (text, kind) in lines)
        {
            if (kind == LineKind.Comment)
            {
                result.Append(text);
            }
            else if (_options.Has(PostconfOption.CommentOut))
            {
                result.Append('#').Append(text);
            }
        }
    }

    // Comments inside and behind the entry come before it, where Postfix puts them.
    private void Changed(List<(string Text, LineKind Kind)> lines, int number, List<MasterRequest> requests, StringBuilder result)
    {
        var content = new StringBuilder();
        foreach (var (text, kind) in lines)
        {
            (kind == LineKind.Comment ? result : content).Append(text);
        }

        var position = new SourcePosition(_path, number);
        var logical = content.ToString().Replace("\n", "", StringComparison.Ordinal);
        var entry = ServiceLine.Parse(logical, position, _log.Warning) ?? throw new CommandException($"file {_path}: line {number}: bad field count");
        foreach (var request in requests)
        {
            request.Pattern.WasMatched = true;
            entry = request.Apply(entry);
        }

        result.Append(Text(entry));
    }

    private void Finish(StringBuilder result)
    {
        foreach (var request in _requests.Where(r => !r.Pattern.WasMatched))
        {
            if (_options.Mode != PostconfOption.MasterEntries)
            {
                _log.Warning($"unmatched service_name/type: \"{request.Text}\"");
            }
            else if (request.Replacement(_path) is { } added)
            {
                if (result.Length > 0 && result[^1] != '\n')
                {
                    result.Append('\n');
                }

                result.Append(Text(added));
            }
        }
    }

    private static string Text(ServiceLine line)
    {
        using var stream = new MemoryStream();
        using (var writer = new ConfigurationWriter(stream, PostconfOptions.Folding))
        {
            new ServiceText(writer).Write(line, static value => value);
        }

        return RawText.Decode(stream.ToArray());
    }
}
