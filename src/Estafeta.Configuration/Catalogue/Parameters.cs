namespace Estafeta.Configuration.Catalogue;

/// <summary>
/// The catalogue: every main.cf parameter of Postfix 3.12, one declaration each, in one file per part of the system.
/// A property is the parameter's name in PascalCase: <c>smtpd_helo_required</c> is <c>SmtpdHeloRequired</c>.
/// </summary>
public static partial class Parameters
{
    private static List<Parameter>? _all;
    private static Dictionary<string, Parameter>? _byName;

    // Forces the declarations in the other files to run before anyone looks at the list.
    static Parameters()
    {
    }

    public static IReadOnlyList<Parameter> All => _all ?? [];

    /// <summary>The parameter of that name, or null. Names of <see cref="TransportParameter"/>s start with <c>&lt;transport&gt;</c>.</summary>
    public static Parameter? Find(string name) => (_byName ??= All.ToDictionary(p => p.Name, StringComparer.Ordinal)).GetValueOrDefault(name);

    private static T Add<T>(T parameter)
        where T : Parameter
    {
        // Field initialisers of a partial class run in no promised order, so the list makes itself.
        (_all ??= new List<Parameter>(1024)).Add(parameter);
        return parameter;
    }
}
