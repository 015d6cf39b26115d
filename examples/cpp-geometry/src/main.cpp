#include <iostream>
#include <memory>
#include <vector>

#include "geo/grid_index.hpp"
#include "geo/polygon.hpp"

using geo::Point;

/// Adds up the areas of some shapes.
static double total_area(const std::vector<std::unique_ptr<geo::Shape>>& shapes) {
    double total = 0.0;
    for (const auto& shape : shapes) {
        total += shape->area();
    }
    return total;
}

int main() {
    std::vector<std::unique_ptr<geo::Shape>> shapes;
    shapes.push_back(std::make_unique<geo::Polygon>(std::vector<Point>{{0, 0}, {4, 0}, {4, 3}, {0, 3}}));
    shapes.push_back(std::make_unique<geo::Circle>(Point{10, 10}, 1.0));

    geo::GridIndex<std::string> index(2.0);
    for (const auto& shape : shapes) {
        index.insert(shape->bounds(), shape->describe());
        std::cout << shape->describe() << '\n';
    }
    std::cout << "total area " << total_area(shapes) << '\n';
    std::cout << "near (9, 9): " << index.nearest({9, 9}).value_or("nothing") << '\n';

    const geo::Polygon hull = geo::convex_hull({{0, 0}, {2, 1}, {4, 0}, {4, 4}, {0, 4}, {2, 2}});
    std::cout << "hull of " << hull.size() << " corners, area " << hull.area() << '\n';
    const bool inside = hull.locate({1, 1}) == geo::Side::kInside;
    std::cout << "(1, 1) is " << (inside ? "inside" : "not inside") << ", centroid " << hull.centroid() << '\n';
    std::cout << geo::simplify({{0, 0}, {1, 0.1}, {2, 0}, {3, 5}}, 0.5).size() << " points left\n";
    return index.query(geo::Box({0, 0}, {1, 1})).size() == 1 ? 0 : 1;
}
