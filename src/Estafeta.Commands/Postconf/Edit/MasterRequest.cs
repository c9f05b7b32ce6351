using Estafeta.Commands.CommandLine;
using Estafeta.Configuration;
using Estafeta.Configuration.MasterCf;
using Estafeta.Services.Logging;

namespace Estafeta.Commands.Postconf.Edit;

/// <summary>One change of master.cf: which entries, and what becomes of them.</summary>
internal sealed class MasterRequest
{
    private readonly PostconfOptions _options;
    private readonly CommandLog _log;
    private readonly string? _value;
    private readonly int _field;

    /// <exception cref="CommandException">The request is malformed.</exception>
    public MasterRequest(string text, PostconfOptions options, CommandLog log)
    {
        _options = options;
        _log = log;
        Text = text;
        (var name, _value) = ConfigurationEdit.ParseRequest(text, options);
        Pattern = options.Mode switch
        {
            PostconfOption.MasterEntries => ServicePattern.Parse(name, 2, 2, "-Me, -MX or -M# requires service_name/type"),
            PostconfOption.MasterFields => ServicePattern.Parse(name, 3, 3, "-Fe or -FX requires service_name/type/field_name"),
            _ => ServicePattern.Parse(name, 3, 3, "-Pe or -PX requires service_name/type/parameter"),
        };
        if (options.Mode == PostconfOption.MasterFields)
        {
            _field = FieldIndex();
        }

        CheckDetail();
    }

    public string Text { get; }

    public ServicePattern Pattern { get; }

    /// <summary>The entry that takes the place of what is there; null when the entry goes.</summary>
    public ServiceLine? Replacement(string path)
    {
        return _options.Mode != PostconfOption.MasterEntries || _value == null
            ? null
            : ServiceLine.Parse(_value, new SourcePosition(path, 0), _log.Warning) ?? throw new CommandException($"bad field count: \"{Text}\"");
    }

    /// <summary>The entry with the change made: for columns and parameters.</summary>
    public ServiceLine Apply(ServiceLine line) =>
        _options.Mode == PostconfOption.MasterFields ? line.WithField(_field, _value!, _log.Warning) // edits have a value
        : _value == null ? line.WithoutOverride(Pattern.Detail)
        : line.WithOverride(Pattern.Detail, _value);

    private int FieldIndex() => Pattern.Detail == "*"
        ? throw new CommandException("-Fe does not accept wild-card field name")
        : ServicePattern.FieldIndex(Pattern.Detail);

    private void CheckDetail()
    {
        var hasBlank = _value != null && _value.Any(Configuration.Files.LogicalLineReader.IsSpace);
        switch (_options.Mode)
        {
            case PostconfOption.MasterFields when hasBlank && _field != ServiceLine.FieldNames.Count - 1:
                throw new CommandException("-Fe does not accept whitespace in non-command field");
            case PostconfOption.MasterOverrides when Pattern.Detail == "*":
                throw new CommandException("-Pe does not accept wild-card parameter name");
            case PostconfOption.MasterOverrides when hasBlank:
                throw new CommandException("-Pe does not accept whitespace in parameter value");
        }
    }
}
