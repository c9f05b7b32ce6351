namespace Estafeta.Daemons.Smtpd.Access;

/// <summary>The value of an <c>smtpd_…_restrictions</c> parameter or of a restriction class.</summary>
/// <param name="Name">The parameter's name.</param>
internal sealed record RestrictionList(string Name, IReadOnlyList<Restriction> Restrictions)
{
    public bool IsEmpty => Restrictions.Count == 0;
}
