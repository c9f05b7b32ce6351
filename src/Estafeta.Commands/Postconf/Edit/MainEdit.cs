using System.Text;
using Estafeta.Commands.CommandLine;
using Estafeta.Services.Logging;

namespace Estafeta.Commands.Postconf.Edit;

/// <summary>
/// Edits of main.cf: a named parameter's lines are replaced by one (<c>-e</c>), removed (<c>-X</c>) or commented out (<c>-#</c>); comments inside stay.
/// A parameter that was not there goes to the end.
/// </summary>
internal sealed class MainEdit
{
    private readonly PostconfOptions _options;
    private readonly CommandLog _log;
    private readonly List<Request> _requests = [];
    private readonly Dictionary<string, Request> _byName = new(StringComparer.Ordinal);

    public MainEdit(PostconfOptions options, CommandLog log)
    {
        _options = options;
        _log = log;
        foreach (var operand in options.Operands)
        {
            var (name, value) = ConfigurationEdit.ParseRequest(operand, options);
            if (_byName.TryGetValue(name, out var earlier))
            {
                log.Warning($"ignoring earlier request: '{name} = {earlier.Value}'");
                earlier.Value = value;
                continue;
            }

            var request = new Request(name) { Value = value };
            _requests.Add(request);
            _byName[name] = request;
        }
    }

    public string Apply(string text)
    {
        var result = new StringBuilder(text.Length + 256);
        Request? current = null;
        foreach (var (line, kind) in PhysicalLines.Of(text))
        {
            if (kind == LineKind.Comment)
            {
                result.Append(line);
                continue;
            }

            if (kind == LineKind.Start)
            {
                current = _byName.GetValueOrDefault(PhysicalLines.FirstWord(line, endsAtEquals: true));
                if (current != null && _options.Has(PostconfOption.Edit))
                {
                    result.Append(current.Line);
                }

                Count(current);
            }

            if (current == null)
            {
                result.Append(line);
            }
            else if (_options.Has(PostconfOption.CommentOut))
            {
                result.Append('#').Append(line);
            }
        }

        return _options.Has(PostconfOption.Edit) ? Appended(result.ToString()) : result.ToString();
    }

    private void Count(Request? request)
    {
        if (request != null && ++request.Found == 2)
        {
            _log.Warning($"{_options.ConfigDirectory ?? Services.Hosting.ConfigurationDirectory.Find()}/main.cf: multiple entries for \"{request.Name}\"");
        }
    }

    private string Appended(string text)
    {
        var missing = _requests.FindAll(r => r.Found == 0);
        return missing.Count == 0 ? text : PhysicalLines.WithEnd(text) + string.Concat(missing.Select(r => r.Line));
    }

    private sealed class Request(string name)
    {
        public string Name => name;

        public string? Value { get; set; }

        public int Found { get; set; }

        public string Line => $"{name} = {Value}\n";
    }
}
