#include "geo/polygon.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

namespace geo {

namespace {

constexpr double kPi = 3.14159265358979323846;

/// Twice the signed area of a triangle: positive when it turns left.
double turn(const Point& a, const Point& b, const Point& c) {
    return (b - a).cross(c - a);
}

// Drops points from the chain's end until adding the next one turns left.
void push_convex(std::vector<Point>& chain, std::size_t keep, const Point& next) {
    while (chain.size() > keep && turn(chain[chain.size() - 2], chain.back(), next) <= 0) {
        chain.pop_back();
    }
    chain.push_back(next);
}

}  // namespace

std::string Shape::describe() const {
    std::ostringstream text;
    text << "shape of area " << area();
    return text.str();
}

Circle::Circle(Point center, double radius) : center_(center), radius_(radius) {
    if (radius < 0) throw std::invalid_argument("a circle needs a radius of at least 0");
}

double Circle::area() const {
    return kPi * radius_ * radius_;
}

Box Circle::bounds() const {
    const Point reach{radius_, radius_};
    return {center_ - reach, center_ + reach};
}

Polygon::Polygon(std::initializer_list<Point> corners) : Polygon(std::vector<Point>(corners)) {}

Polygon::Polygon(std::vector<Point> corners) : corners_(std::move(corners)) {
    if (corners_.size() < 3) {
        throw std::invalid_argument("a polygon needs at least three corners");
    }
}

double Polygon::signed_area() const {
    double twice = 0.0;
    for_each_edge([&](const Point& a, const Point& b) { twice += a.cross(b); });
    return twice / 2.0;
}

double Polygon::area() const {
    return std::abs(signed_area());
}

double Polygon::perimeter() const {
    double total = 0.0;
    for_each_edge([&total](const Point& a, const Point& b) { total += distance(a, b); });
    return total;
}

Box Polygon::bounds() const {
    Box box;
    for (const Point& corner : corners_) {
        box.extend(corner);
    }
    return box;
}

/// Returns the centre of mass; for a polygon without area, the mean of its corners.
Point Polygon::centroid() const {
    const double area = signed_area();
    Point sum;
    if (area == 0.0) {
        for (const Point& corner : corners_) sum += corner;
        return sum * (1.0 / static_cast<double>(corners_.size()));
    }
    for_each_edge([&](const Point& a, const Point& b) { sum += (a + b) * a.cross(b); });
    return sum * (1.0 / (6.0 * area));
}

bool Polygon::is_convex() const {
    bool left = false;
    bool right = false;
    for (std::size_t i = 0; i < corners_.size(); ++i) {
        const double bend = turn((*this)[i], (*this)[i + 1], (*this)[i + 2]);
        left = left || bend > 0;
        right = right || bend < 0;
    }
    return !(left && right);
}

/**
 * @brief Tells where a point lies.
 *
 * Counts how often a ray from the point to the right crosses the outline.
 *
 * @param point the point
 * @return inside, outside, or on the border
 */
Side Polygon::locate(const Point& point) const {
    bool inside = false;
    for (std::size_t i = 0; i < corners_.size(); ++i) {
        const Point& a = (*this)[i];
        const Point& b = (*this)[i + 1];
        if (distance(point, a, b) == 0.0) {
            return Side::kBorder;
        }
        if ((a.y > point.y) != (b.y > point.y)) {
            const double crossing = a.x + (point.y - a.y) / (b.y - a.y) * (b.x - a.x);
            if (point.x < crossing) inside = !inside;
        }
    }
    return inside ? Side::kInside : Side::kOutside;
}

std::string Polygon::describe() const {
    std::ostringstream text;
    text << (is_convex() ? "convex" : "concave") << " polygon with " << size() << " corners";
    return text.str();
}

Polygon convex_hull(std::vector<Point> points) {
    std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) {
        return a.x != b.x ? a.x < b.x : a.y < b.y;
    });
    points.erase(std::unique(points.begin(), points.end()), points.end());
    std::vector<Point> hull;
    for (const Point& point : points) {
        push_convex(hull, 1, point);
    }
    const std::size_t lower = hull.size();
    for (auto point = points.rbegin(); point != points.rend(); ++point) {
        if (point != points.rbegin()) push_convex(hull, lower, *point);
    }
    hull.pop_back();
    return Polygon(std::move(hull));
}

std::vector<Point> simplify(const std::vector<Point>& line, double tolerance) {
    if (line.size() < 3) return line;
    std::size_t farthest = 0;
    double most = 0.0;
    for (std::size_t i = 1; i + 1 < line.size(); ++i) {
        const double away = distance(line[i], line.front(), line.back());
        if (away > most) {
            most = away;
            farthest = i;
        }
    }
    if (most <= tolerance) {
        return {line.front(), line.back()};
    }
    const auto middle = line.begin() + static_cast<std::ptrdiff_t>(farthest);
    std::vector<Point> left = simplify({line.begin(), middle + 1}, tolerance);
    const std::vector<Point> right = simplify({middle, line.end()}, tolerance);
    left.insert(left.end(), right.begin() + 1, right.end());
    return left;
}

}  // namespace geo
